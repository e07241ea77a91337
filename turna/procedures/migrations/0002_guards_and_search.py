from django.db import migrations

from turna.procedures.database import install_procedure_guards, install_room, install_search


def install(apps, editor):
    install_search(editor.connection)
    install_room(editor.connection)
    install_procedure_guards(editor.connection)


class Migration(migrations.Migration):
    """Indexes that search needs and triggers that keep published versions as they are."""

    dependencies = [("procedures", "0001_initial"), ("core", "0002_guards")]
    operations = [migrations.RunPython(install, lambda apps, editor: None)]
