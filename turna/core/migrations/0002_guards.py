from django.db import migrations

from turna.core.database import install_guards


class Migration(migrations.Migration):
    """Tables to which rows are only appended refuse every change, by triggers."""

    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(lambda apps, editor: install_guards(editor.connection), lambda apps, editor: None)]
