from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tour.db import now, uuid7
from tour.desk.models import DeliveryState, DeskKind
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('tour', '0005_visits_and_managers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Comment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', db_constraint=True, to_field='id', related_name='comments', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('by', fields.CharField(default='', max_length=160)),
                ('text', fields.TextField(unique=False)),
                ('public', fields.BooleanField(default=True)),
                ('solution', fields.BooleanField(default=False)),
                ('remote_id', fields.CharField(default='', max_length=64)),
            ],
            options={'table': 'comment', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'Something said on a ticket. Public ones reach the tablet, the manager and the requester.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Desk',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='EMBEDDED: embedded\nGLPI_V1: glpi_v1\nGLPI_V2: glpi_v2\nRT: rt\nWEBHOOK: webhook', enum_type=DeskKind, max_length=16)),
                ('name', fields.CharField(unique=True, max_length=40)),
                ('url', fields.CharField(max_length=300)),
                ('options', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('secrets', fields.TextField(default='', unique=False)),
                ('in_use', fields.BooleanField(default=False)),
                ('triage', fields.BooleanField(default=False)),
                ('polled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failures', fields.IntField(default=0)),
                ('failed_with', fields.UUIDField(null=True)),
                ('closed_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('trouble', fields.TextField(default='', unique=False)),
                ('findings', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('checked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'desk', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'A system outside that treats needs. At most one is in use, with none the embedded desk treats all.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Delivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('need', fields.OneToOneField('tour.Need', source_field='need_id', db_constraint=True, to_field='id', related_name='delivery', on_delete=OnDelete.CASCADE)),
                ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', db_constraint=True, to_field='id', related_name='deliveries', on_delete=OnDelete.CASCADE)),
                ('state', fields.CharEnumField(default=DeliveryState.WAITING, description='TRIAGE: triage\nWAITING: waiting\nSENDING: sending\nSENT: sent\nFAILED: failed\nTO_CHECK: to_check\nKEPT: kept', enum_type=DeliveryState, max_length=16)),
                ('remote_id', fields.CharField(default='', max_length=64)),
                ('tries', fields.IntField(default=0)),
                ('unsure_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('photos_left', fields.IntField(default=0)),
                ('answer', fields.TextField(default='', unique=False)),
                ('problem', fields.TextField(default='', unique=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('tried_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'delivery', 'app': 'tour', 'indexes': [Index(fields=['desk_id', 'remote_id']), Index(fields=['state'])], 'pk_attr': 'id', 'table_description': 'One need on its way to one desk. One per need, by constraint.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FollowLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', db_constraint=True, to_field='id', related_name='follow_links', on_delete=OnDelete.CASCADE)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'followlink', 'app': 'tour', 'pk_attr': 'id', 'table_description': "A link mailed to who asked for a need: only the token's SHA-256 is kept."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ItemMapping',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', db_constraint=True, to_field='id', related_name='item_mappings', on_delete=OnDelete.CASCADE)),
                ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', db_constraint=True, to_field='id', related_name='mappings', on_delete=OnDelete.CASCADE)),
                ('category', fields.CharField(default='', max_length=64)),
                ('type', fields.CharField(default='', max_length=16)),
                ('urgency', fields.CharField(default='', max_length=8)),
                ('queue', fields.CharField(default='', max_length=120)),
            ],
            options={'table': 'itemmapping', 'app': 'tour', 'unique_together': (('desk', 'item'),), 'pk_attr': 'id', 'table_description': "What an item of the catalogue is at a desk, an empty value is the desk's default."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RemoteChoice',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', db_constraint=True, to_field='id', related_name='choices', on_delete=OnDelete.CASCADE)),
                ('what', fields.CharField(max_length=16)),
                ('remote_id', fields.CharField(max_length=64)),
                ('name', fields.CharField(max_length=250)),
            ],
            options={'table': 'remotechoice', 'app': 'tour', 'unique_together': (('desk', 'what', 'remote_id'),), 'pk_attr': 'id', 'table_description': 'What a desk offers to choose from: its categories, locations or queues, as last imported.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SavedView',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', db_constraint=True, to_field='id', related_name='desk_views', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=60)),
                ('query', fields.CharField(max_length=400)),
            ],
            options={'table': 'savedview', 'app': 'tour', 'unique_together': (('agent', 'name'),), 'pk_attr': 'id', 'table_description': 'A filter of the inbox that an agent keeps under a name.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SiteMapping',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', db_constraint=True, to_field='id', related_name='site_mappings', on_delete=OnDelete.CASCADE)),
                ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', db_constraint=True, to_field='id', related_name='mappings', on_delete=OnDelete.CASCADE)),
                ('location', fields.CharField(max_length=64)),
            ],
            options={'table': 'sitemapping', 'app': 'tour', 'unique_together': (('desk', 'site'),), 'pk_attr': 'id', 'table_description': "Which of a desk's locations a site is."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Need',
            name='merged_into',
            field=fields.ForeignKeyField('tour.Need', source_field='merged_into_id', null=True, db_constraint=True, to_field='id', related_name='merged', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Need',
            name='news',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Ticket',
            name='assignee',
            field=fields.ForeignKeyField('tour.Agent', source_field='assignee_id', null=True, db_constraint=True, to_field='id', related_name='tickets', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Ticket',
            name='due_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Ticket',
            name='read_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='remote_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='remote_status',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='Ticket',
            name='to_bring',
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name='Ticket',
            name='url',
            field=fields.CharField(null=True, max_length=400),
        ),
    ]
