import django.db.models.deletion
from django.db import migrations, models

from turna.procedures.database import install_procedure_guards


def guard(apps, editor):
    install_procedure_guards(editor.connection)


class Migration(migrations.Migration):
    """What an issued document was made of, the code that finds it, and the guard that keeps it as it is."""

    dependencies = [("core", "0002_guards"), ("procedures", "0002_guards_and_search")]
    operations = [
        migrations.AddField(
            model_name="casedocument",
            name="code",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="código"),
        ),
        migrations.AddField(
            model_name="casedocument",
            name="data",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="casedocument",
            name="edition",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="procedures.procedureversion",
            ),
        ),
        migrations.AddField(
            model_name="casedocument",
            name="maker",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddConstraint(
            model_name="casedocument",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True), fields=("code",), name="document_code_once"
            ),
        ),
        migrations.RunPython(guard, lambda apps, editor: None),
    ]
