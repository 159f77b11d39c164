from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tour.db import ClockField, now, uuid7
from tour.visits.message_models import (IncomingKind, MailingState)
from tour.post.models import (Channel, ReceiptState)
from tour.visits.models import (Actor, HintState)
from tour.post.links import LinkKind
from tortoise import fields
from tour.migrations._adding import AddField
from tour.visits.passages import rules


async def keep_the_passages(apps, editor):
    for statement in rules(editor.client.capabilities.dialect):
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [('tour', '0004_people_on_tablets')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Attempts',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=64)),
                ('since', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('count', fields.IntField(default=0)),
            ],
            options={'table': 'attempts', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'How often somebody tried something within a while (see limits.py).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DateWish',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name='wishes', on_delete=OnDelete.CASCADE)),
                ('day', fields.DateField()),
                ('start', ClockField(null=True, generated=False, unique=False)),
                ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', null=True, db_constraint=True, to_field='id', related_name='wishes', on_delete=OnDelete.SET_NULL)),
                ('by', fields.CharField(max_length=160)),
                ('at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'datewish', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'A date a manager proposed instead, with hour and pair when it is one the plan could take.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Hint',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name='hints', on_delete=OnDelete.CASCADE)),
                ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', null=True, db_constraint=True, to_field='id', related_name='hints', on_delete=OnDelete.SET_NULL)),
                ('text', fields.TextField(default='', unique=False)),
                ('name', fields.CharField(default='', max_length=120)),
                ('state', fields.CharEnumField(default=HintState.TO_READ, description='TO_READ: to_read\nKEPT: kept\nDROPPED: dropped', enum_type=HintState, max_length=8)),
                ('by', fields.CharField(default='', max_length=160)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'hint', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'What an agent of the site says in advance, by the poster, shown once the planner or the pair has read it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Incoming',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='BOUNCE: bounce\nCALENDAR: calendar\nREPLY: reply', enum_type=IncomingKind, max_length=8)),
                ('message_id', fields.CharField(unique=True, max_length=250)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', null=True, db_constraint=True, to_field='id', related_name='incoming', on_delete=OnDelete.CASCADE)),
                ('sender', fields.CharField(default='', max_length=254)),
                ('answer', fields.CharField(default='', max_length=24)),
                ('text', fields.TextField(default='', unique=False)),
                ('at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('treated_by', fields.CharField(default='', max_length=160)),
            ],
            options={'table': 'incoming', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'A mail that came back: a bounce, an answer given in a calendar, or a reply.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Link',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='VISIT: visit\nMANAGER: manager\nPOSTER: poster\nREMINDERS: reminders\nFEED: feed', enum_type=LinkKind, max_length=12)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', null=True, db_constraint=True, to_field='id', related_name='given_links', on_delete=OnDelete.CASCADE)),
                ('manager', fields.ForeignKeyField('tour.SiteManager', source_field='manager_id', null=True, db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', null=True, db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', null=True, db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('email', fields.CharField(default='', max_length=254)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'link', 'app': 'tour', 'pk_attr': 'id', 'table_description': "A link given to somebody without an account: only the token's SHA-256 is kept."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Mailing',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('per_hour', fields.IntField()),
                ('state', fields.CharEnumField(default=MailingState.RUNNING, description='RUNNING: running\nPAUSED: paused\nOVER: over', enum_type=MailingState, max_length=8)),
                ('by', fields.CharField(max_length=160)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'mailing', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'Many invitations, sent at a pace.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MailingLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('mailing', fields.ForeignKeyField('tour.Mailing', source_field='mailing_id', db_constraint=True, to_field='id', related_name='lines', on_delete=OnDelete.CASCADE)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name='mailing_lines', on_delete=OnDelete.CASCADE)),
                ('posted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('problem', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'mailingline', 'app': 'tour', 'unique_together': (('mailing', 'visit'),), 'pk_attr': 'id', 'table_description': 'A visit of a mailing. Its invitation is made when its turn comes: until then the visit is only proposed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Preference',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('email', fields.CharField(unique=True, max_length=254)),
                ('reminders', fields.BooleanField(default=True)),
                ('calendar', fields.BooleanField(default=True)),
            ],
            options={'table': 'preference', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'What an address wants to get. Reminders and calendar files are two different wishes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Receipt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=200)),
                ('channel', fields.CharEnumField(description='MAIL: mail\nSMS: sms\nCALENDAR: calendar', enum_type=Channel, max_length=8)),
                ('event', fields.CharField(max_length=24)),
                ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', null=True, db_constraint=True, to_field='id', related_name='receipts', on_delete=OnDelete.CASCADE)),
                ('recipient', fields.CharField(max_length=254)),
                ('message_id', fields.CharField(unique=True, max_length=250)),
                ('state', fields.CharEnumField(default=ReceiptState.WAITING, description='WAITING: waiting\nHANDING: handing\nSENT: sent\nUNSURE: unsure\nFAILED: failed\nBOUNCED: bounced', enum_type=ReceiptState, max_length=8)),
                ('error', fields.TextField(default='', unique=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'receipt', 'app': 'tour', 'pk_attr': 'id', 'table_description': "One message to one person: what it was, and what became of it. ``key`` is its row's in the outbox."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Welcome',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('visit', fields.OneToOneField('tour.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name='welcome', on_delete=OnDelete.CASCADE)),
                ('access', fields.TextField(default='', unique=False)),
                ('room', fields.CharField(default='', max_length=160)),
                ('expected', fields.IntField(null=True)),
                ('ambassador', fields.CharField(default='', max_length=160)),
                ('items', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('by', fields.CharField(default='', max_length=160)),
                ('at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'welcome', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'How a site receives its visit, as its manager says it.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='VisitEvent',
            options={'table': 'visitevent', 'app': 'tour', 'pk_attr': 'id', 'table_description': "One passage in a visit's life: who, when, why. Never changed, as the database sees to (see passages.py)."},
        ),
        AddField(
            model_name='VisitEvent',
            name='actor',
            field=fields.CharEnumField(default=Actor.PLANNER, description='PLANNER: planner\nMANAGER: manager\nTOURER: tourer\nCLOCK: clock', enum_type=Actor, max_length=8),
        ),
        ops.RunSQL(
            'INSERT INTO link (id, kind, token_hash, visit_id, email, expires_at, created_at)'
            " SELECT id, 'visit', token_hash, visit_id, '', expires_at, created_at FROM managerlink"
        ),
        ops.DeleteModel(name='ManagerLink'),
        ops.RunPython(keep_the_passages),
    ]
