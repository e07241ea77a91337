
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='correo electrónico')),
                ('given_names', models.CharField(max_length=100, verbose_name='nombre(s)')),
                ('surname1', models.CharField(blank=True, max_length=80, verbose_name='primer apellido')),
                ('surname2', models.CharField(blank=True, max_length=80, verbose_name='segundo apellido')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='teléfono')),
                ('curp', models.CharField(blank=True, max_length=18, verbose_name='CURP')),
                ('is_active', models.BooleanField(default=True, verbose_name='cuenta activa')),
                ('administers', models.BooleanField(default=False, verbose_name='administra la instalación')),
                ('must_change_password', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'persona',
                'verbose_name_plural': 'personas',
            },
        ),
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('last_entry', models.BigIntegerField(unique=True)),
                ('entries', models.PositiveBigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('seal', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Beat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Blob',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('size', models.PositiveBigIntegerField()),
                ('media_type', models.CharField(max_length=100)),
                ('stored_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Institution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=60, unique=True, verbose_name='clave')),
                ('name', models.CharField(max_length=200, verbose_name='nombre')),
                ('acronym', models.CharField(blank=True, max_length=20, verbose_name='siglas')),
                ('time_zone', models.CharField(default='America/Mexico_City', max_length=60, verbose_name='zona horaria')),
                ('theme', models.JSONField(blank=True, default=dict, verbose_name='tema')),
                ('contact', models.JSONField(blank=True, default=dict, verbose_name='contacto')),
                ('calendar_version', models.PositiveIntegerField(default=1)),
                ('is_demo', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'institución',
                'verbose_name_plural': 'instituciones',
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('window', models.BigIntegerField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'window'), name='attempt_once')],
            },
        ),
        migrations.CreateModel(
            name='FolioSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=60, verbose_name='clave')),
                ('kind', models.CharField(max_length=40, verbose_name='numera')),
                ('pattern', models.CharField(max_length=80, verbose_name='formato')),
                ('is_yearly', models.BooleanField(default=True, verbose_name='comienza cada año')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='core.institution')),
            ],
            options={
                'verbose_name': 'serie de folios',
                'verbose_name_plural': 'series de folios',
            },
        ),
        migrations.CreateModel(
            name='FolioCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counters', to='core.folioseries')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
        ),
        migrations.CreateModel(
            name='ExternalParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=80, verbose_name='clave')),
                ('name', models.CharField(max_length=200, verbose_name='nombre')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='correo')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
            options={
                'verbose_name': 'parte externa',
                'verbose_name_plural': 'partes externas',
            },
        ),
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_kind', models.CharField(max_length=16)),
                ('chain_id', models.BigIntegerField()),
                ('seq', models.PositiveIntegerField(default=0)),
                ('hash', models.CharField(default='', max_length=64)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='fecha')),
                ('is_working', models.BooleanField(default=False, verbose_name='es hábil')),
                ('name', models.CharField(max_length=160, verbose_name='nombre')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='fuente')),
                ('added_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='core.institution')),
            ],
            options={
                'verbose_name': 'día del calendario',
                'verbose_name_plural': 'días del calendario',
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_kind', models.CharField(max_length=16)),
                ('chain_id', models.BigIntegerField()),
                ('seq', models.IntegerField()),
                ('at', models.DateTimeField(verbose_name='cuándo')),
                ('action', models.CharField(max_length=60, verbose_name='acto')),
                ('data', models.JSONField(default=dict)),
                ('act', models.UUIDField(null=True)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('on_behalf_of', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
            options={
                'verbose_name': 'registro de auditoría',
                'verbose_name_plural': 'registros de auditoría',
            },
        ),
        migrations.AddField(
            model_name='person',
            name='institution',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='core.institution'),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('digested_at', models.DateTimeField(null=True)),
                ('dedupe', models.CharField(max_length=100, null=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'aviso',
                'verbose_name_plural': 'avisos',
            },
        ),
        migrations.CreateModel(
            name='NoticePreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('mail', models.CharField(choices=[('now', 'Al momento'), ('digest', 'En un resumen diario'), ('never', 'No enviar correo')], default='now', max_length=8)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_preferences', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, default='', max_length=40)),
                ('to', models.EmailField(max_length=254)),
                ('subject', models.CharField(max_length=250)),
                ('body', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('dedupe', models.CharField(max_length=120, null=True, unique=True)),
                ('status', models.CharField(choices=[('queued', 'En espera'), ('sending', 'Enviándose'), ('sent', 'Enviado'), ('failed', 'No se pudo enviar')], default='queued', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('institution', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
            options={
                'verbose_name': 'correo',
                'verbose_name_plural': 'correos',
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=80, verbose_name='clave')),
                ('name', models.CharField(max_length=200, verbose_name='nombre')),
                ('is_head', models.BooleanField(default=False, verbose_name='es titular de la unidad')),
                ('is_active', models.BooleanField(default=True, verbose_name='vigente')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='core.institution')),
            ],
            options={
                'verbose_name': 'puesto',
                'verbose_name_plural': 'puestos',
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='desde')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='hasta')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='core.position')),
            ],
            options={
                'verbose_name': 'nombramiento',
                'verbose_name_plural': 'nombramientos',
            },
        ),
        migrations.CreateModel(
            name='PositionRight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('right', models.CharField(max_length=60, verbose_name='derecho')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rights', to='core.position')),
            ],
            options={
                'verbose_name': 'derecho de un puesto',
                'verbose_name_plural': 'derechos de los puestos',
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='nombre')),
                ('owner_kind', models.CharField(max_length=40)),
                ('owner_id', models.BigIntegerField()),
                ('uploaded_at', models.DateTimeField()),
                ('blob', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.blob')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'archivo',
                'verbose_name_plural': 'archivos',
            },
        ),
        migrations.CreateModel(
            name='Substitution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='desde')),
                ('ends_on', models.DateField(verbose_name='hasta')),
                ('reason', models.CharField(blank=True, max_length=120, verbose_name='motivo')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('absent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('position', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.position')),
                ('substitute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='substitutions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'suplencia',
                'verbose_name_plural': 'suplencias',
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=80, verbose_name='clave')),
                ('name', models.CharField(max_length=200, verbose_name='nombre')),
                ('path', models.CharField(default='', editable=False, max_length=200)),
                ('is_active', models.BooleanField(default=True, verbose_name='vigente')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='core.institution')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='core.unit')),
            ],
            options={
                'verbose_name': 'unidad',
                'verbose_name_plural': 'unidades',
            },
        ),
        migrations.AddField(
            model_name='position',
            name='unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='core.unit'),
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(verbose_name='día')),
                ('opens', models.TimeField(verbose_name='abre')),
                ('closes', models.TimeField(verbose_name='cierra')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='core.institution')),
            ],
            options={
                'verbose_name': 'horario',
                'verbose_name_plural': 'horarios',
            },
        ),
        migrations.AddConstraint(
            model_name='folioseries',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='series_once'),
        ),
        migrations.AddConstraint(
            model_name='foliocounter',
            constraint=models.UniqueConstraint(fields=('series', 'year'), name='counter_once'),
        ),
        migrations.AddConstraint(
            model_name='externalparty',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='party_key_once'),
        ),
        migrations.AddConstraint(
            model_name='chainhead',
            constraint=models.UniqueConstraint(fields=('chain_kind', 'chain_id'), name='chain_head_once'),
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('institution', 'date'), name='day_once'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.UniqueConstraint(fields=('chain_kind', 'chain_id', 'seq'), name='audit_seq_once'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.UniqueConstraint(condition=models.Q(('act__isnull', False)), fields=('act',), name='audit_act_once'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['institution', 'surname1'], name='person_by_name'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='person_email_once'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['institution', 'person', '-created_at'], name='notice_person'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person'], name='notice_unread'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('digested_at__isnull', True)), fields=['institution', 'person'], name='notice_to_digest'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('person', 'dedupe'), name='notice_once'),
        ),
        migrations.AddConstraint(
            model_name='noticepreference',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='preference_once'),
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'sending'])), fields=['next_attempt_at'], name='outbox_waiting'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['institution', 'person', 'starts_on'], name='appointment_person'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['institution', 'position', 'starts_on'], name='appointment_position'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.UniqueConstraint(fields=('person', 'position', 'starts_on'), name='appointment_once'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='appointment_dates'),
        ),
        migrations.AddConstraint(
            model_name='positionright',
            constraint=models.UniqueConstraint(fields=('position', 'right'), name='right_once'),
        ),
        migrations.AddIndex(
            model_name='storedfile',
            index=models.Index(fields=['institution', 'owner_kind', 'owner_id'], name='file_owner'),
        ),
        migrations.AddIndex(
            model_name='substitution',
            index=models.Index(fields=['institution', 'substitute', 'ends_on'], name='substitution_by'),
        ),
        migrations.AddConstraint(
            model_name='substitution',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='substitution_dates'),
        ),
        migrations.AddConstraint(
            model_name='substitution',
            constraint=models.CheckConstraint(condition=models.Q(('absent', models.F('substitute')), _negated=True), name='substitution_two_people'),
        ),
        migrations.AddIndex(
            model_name='unit',
            index=models.Index(fields=['institution', 'path'], name='unit_path'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='unit_key_once'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='position_key_once'),
        ),
        migrations.AddConstraint(
            model_name='workinghours',
            constraint=models.UniqueConstraint(fields=('institution', 'weekday'), name='hours_once'),
        ),
        migrations.AddConstraint(
            model_name='workinghours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6), ('closes__gt', models.F('opens'))), name='hours_sane'),
        ),
    ]
