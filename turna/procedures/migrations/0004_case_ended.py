from django.db import migrations, models


class Migration(migrations.Migration):
    """Cases by when they ended, and those that have not: what the figures of a period are counted from."""

    dependencies = [("procedures", "0003_document_sources")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["institution", "procedure", "ended_at"], name="case_ended"),
        ),
    ]
