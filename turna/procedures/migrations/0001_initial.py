
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('folio', models.CharField(max_length=60)),
                ('code_digest', models.CharField(blank=True, max_length=64)),
                ('subject', models.CharField(max_length=300, verbose_name='asunto')),
                ('channel', models.CharField(blank=True, max_length=40, verbose_name='canal')),
                ('applicant_name', models.CharField(blank=True, max_length=250, verbose_name='solicitante')),
                ('applicant_email', models.EmailField(blank=True, max_length=254)),
                ('applicant_phone', models.CharField(blank=True, max_length=40)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('announced_at', models.DateTimeField(null=True)),
                ('status', models.CharField(choices=[('open', 'En trámite'), ('suspended', 'En espera de respuesta'), ('ended', 'Concluido'), ('cancelled', 'Cancelado'), ('withdrawn', 'Desistido')], default='open', max_length=10)),
                ('outcome', models.CharField(blank=True, max_length=80)),
                ('state', models.JSONField(default=dict)),
                ('rev', models.IntegerField(default=0)),
                ('head_seq', models.IntegerField(default=0)),
                ('head_hash', models.CharField(default='', max_length=64)),
                ('due_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('parent_token', models.IntegerField(null=True)),
                ('parent_slot', models.SmallIntegerField(null=True)),
                ('search', models.TextField(blank=True)),
                ('applicant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to=settings.AUTH_USER_MODEL)),
                ('applicant_unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.unit')),
                ('institution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('opened_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='procedures.case')),
            ],
            options={
                'verbose_name': 'expediente',
                'verbose_name_plural': 'expedientes',
            },
        ),
        migrations.CreateModel(
            name='CaseDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(choices=[('attached', 'Adjunto'), ('issued', 'Emitido')], max_length=8)),
                ('kind', models.CharField(max_length=100, verbose_name='tipo')),
                ('title', models.CharField(max_length=250, verbose_name='título')),
                ('number', models.CharField(blank=True, default='', max_length=60, verbose_name='número')),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('step', models.CharField(blank=True, max_length=16)),
                ('sha256', models.CharField(max_length=64)),
                ('for_applicant', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='procedures.case')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.storedfile')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
            options={
                'verbose_name': 'documento',
                'verbose_name_plural': 'documentos',
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audience', models.CharField(choices=[('internal', 'Interno'), ('applicant', 'Para quien solicita')], default='internal', max_length=10)),
                ('text', models.TextField(verbose_name='comentario')),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='procedures.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
        ),
        migrations.CreateModel(
            name='CorrectionNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='qué falta o debe corregirse')),
                ('legal_ground', models.CharField(blank=True, max_length=300, verbose_name='fundamento')),
                ('asked_at', models.DateTimeField()),
                ('term', models.JSONField(default=dict)),
                ('due_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('status', models.CharField(choices=[('pending', 'Pendiente de respuesta'), ('answered', 'Contestada'), ('expired', 'Vencida sin respuesta'), ('withdrawn', 'Retirada')], default='pending', max_length=10)),
                ('answer', models.TextField(blank=True, verbose_name='respuesta')),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='procedures.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
            options={
                'verbose_name': 'prevención',
                'verbose_name_plural': 'prevenciones',
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('data', models.JSONField(default=dict)),
                ('saved_at', models.DateTimeField()),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='core.institution')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term', models.JSONField()),
                ('reason', models.TextField(verbose_name='motivo')),
                ('legal_ground', models.CharField(max_length=300, verbose_name='fundamento')),
                ('granted_at', models.DateTimeField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='extension', to='procedures.case')),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
        ),
        migrations.CreateModel(
            name='PackRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=80)),
                ('number', models.PositiveIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('sources', models.JSONField()),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='cambio')),
                ('installed_at', models.DateTimeField()),
                ('installed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='core.institution')),
            ],
            options={
                'verbose_name': 'edición del manual',
                'verbose_name_plural': 'ediciones del manual',
            },
        ),
        migrations.CreateModel(
            name='Procedure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.SlugField(max_length=80)),
                ('key', models.SlugField(max_length=100)),
                ('code', models.CharField(max_length=60, verbose_name='clave')),
                ('name', models.CharField(max_length=250, verbose_name='nombre')),
                ('search', models.TextField(blank=True)),
                ('is_active', models.BooleanField(default=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='procedures', to='core.institution')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.unit')),
            ],
            options={
                'verbose_name': 'procedimiento',
                'verbose_name_plural': 'procedimientos',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='procedure',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='procedures.procedure'),
        ),
        migrations.CreateModel(
            name='ProcedureVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='cambio')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='procedures.procedure')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='procedures.packrelease')),
            ],
            options={
                'verbose_name': 'versión del procedimiento',
                'verbose_name_plural': 'versiones de los procedimientos',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='procedures.procedureversion'),
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='nombre')),
                ('query', models.CharField(max_length=400)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='core.institution')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=120)),
                ('next_at', models.DateTimeField(db_index=True, null=True)),
                ('last_key', models.CharField(blank=True, max_length=40)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('procedure', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='schedule', to='procedures.procedure')),
            ],
        ),
        migrations.CreateModel(
            name='Suspension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=300, verbose_name='motivo')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suspensions', to='procedures.case')),
                ('correction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='procedures.correctionnotice')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.IntegerField()),
                ('slot', models.SmallIntegerField(default=0)),
                ('kind', models.CharField(choices=[('work', 'Actividad'), ('sign', 'Firma'), ('routed', 'Turnado')], default='work', max_length=6)),
                ('serial', models.SmallIntegerField(default=0)),
                ('step', models.CharField(max_length=16)),
                ('round', models.IntegerField(default=1)),
                ('element', models.CharField(blank=True, default='', max_length=250)),
                ('status', models.CharField(choices=[('open', 'Pendiente'), ('done', 'Hecha'), ('closed', 'Cerrada sin hacerse')], default='open', max_length=6)),
                ('opened_at', models.DateTimeField()),
                ('term', models.JSONField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('order_at', models.DateTimeField()),
                ('announced_at', models.DateTimeField(null=True)),
                ('came_from', models.CharField(blank=True, default='', max_length=16)),
                ('came_reason', models.TextField(blank=True, default='')),
                ('instruction', models.TextField(blank=True, default='', verbose_name='instrucción')),
                ('waits_for', models.SmallIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=80)),
                ('reason', models.TextField(blank=True, default='')),
                ('assignee', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claimed_tasks', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='procedures.case')),
                ('done_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='done_tasks', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('on_behalf_of', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='routed', to='procedures.task')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to=settings.AUTH_USER_MODEL)),
                ('position', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='core.position')),
                ('unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='core.unit')),
            ],
            options={
                'verbose_name': 'tarea',
                'verbose_name_plural': 'tareas',
            },
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(max_length=80)),
                ('step', models.CharField(blank=True, max_length=16)),
                ('round', models.IntegerField(default=1)),
                ('values', models.JSONField()),
                ('number', models.CharField(blank=True, default='', max_length=60, verbose_name='número')),
                ('filed_at', models.DateTimeField()),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='filings', to='procedures.case')),
                ('filed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='procedures.task')),
            ],
            options={
                'verbose_name': 'formato llenado',
                'verbose_name_plural': 'formatos llenados',
            },
        ),
        migrations.CreateModel(
            name='DueRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('former', models.DateTimeField(null=True)),
                ('present', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='due_revisions', to='procedures.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='due_revisions', to='procedures.task')),
            ],
        ),
        migrations.CreateModel(
            name='DocumentSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='procedures.casedocument')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('on_behalf_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('position', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.position')),
                ('task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='procedures.task')),
            ],
            options={
                'verbose_name': 'firma',
                'verbose_name_plural': 'firmas',
            },
        ),
        migrations.AddField(
            model_name='casedocument',
            name='task',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='procedures.task'),
        ),
        migrations.CreateModel(
            name='CaseParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=60, verbose_name='carácter')),
                ('name', models.CharField(max_length=250, verbose_name='nombre')),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='procedures.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.institution')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'role', 'name'), name='party_once')],
            },
        ),
        migrations.AddIndex(
            model_name='correctionnotice',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='correction_timer'),
        ),
        migrations.AddConstraint(
            model_name='correctionnotice',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('case',), name='one_correction_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('person', 'key'), name='draft_once'),
        ),
        migrations.AddConstraint(
            model_name='packrelease',
            constraint=models.UniqueConstraint(fields=('institution', 'key', 'number'), name='release_once'),
        ),
        migrations.AddConstraint(
            model_name='procedure',
            constraint=models.UniqueConstraint(fields=('institution', 'pack', 'key'), name='procedure_once'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(fields=('procedure', 'number'), name='version_once'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('procedure',), name='one_version_in_force'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='version_dates'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['institution', '-opened_at', '-id'], name='case_recent'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['institution', 'procedure', '-opened_at'], name='case_procedure'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['institution', 'applicant', '-opened_at'], name='case_applicant'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('status__in', ['open', 'suspended'])), fields=['institution', 'opened_by', '-opened_at'], name='case_opened_by'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='case_timer'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('announced_at__isnull', True), ('ended_at__isnull', False)), fields=['ended_at'], name='case_to_tell'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('institution', 'folio'), name='case_folio_once'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['open', 'suspended'])), models.Q(('ended_at__isnull', False), ('status__in', ['ended', 'cancelled', 'withdrawn'])), _connector='OR'), name='case_ended_when_ended'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('person', 'name'), name='filter_once'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('case',), name='one_suspension_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('assignee__isnull', True), ('status', 'open')), fields=['institution', 'position', 'order_at', 'id'], name='task_unclaimed'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('assignee__isnull', False), ('status', 'open')), fields=['institution', 'assignee', 'order_at', 'id'], name='task_mine'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('person__isnull', False), ('status', 'open')), fields=['institution', 'person', 'order_at', 'id'], name='task_person'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['institution', 'unit', 'order_at', 'id'], name='task_unit'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('status', 'done')), fields=['institution', 'done_by', '-done_at'], name='task_done_by'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='task_timer'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('announced_at__isnull', True), ('status', 'open')), fields=['opened_at'], name='task_to_announce'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['position', 'case'], name='task_seen'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='task_routed'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('person__isnull', False)), fields=['person', 'case'], name='task_of_person'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('case', 'token', 'kind', 'slot', 'serial'), name='task_once'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('status', 'open')), models.Q(('done_at__isnull', False), ('status__in', ['done', 'closed'])), _connector='OR'), name='task_done_when_done'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('position__isnull', False), ('person__isnull', False), _connector='OR'), name='task_belongs_to_somebody'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(fields=['case', 'format', '-id'], name='filing_last'),
        ),
        migrations.AddConstraint(
            model_name='documentsignature',
            constraint=models.UniqueConstraint(fields=('document', 'person'), name='signature_once'),
        ),
        migrations.AddConstraint(
            model_name='casedocument',
            constraint=models.UniqueConstraint(fields=('case', 'kind', 'title', 'version'), name='document_version_once'),
        ),
    ]
