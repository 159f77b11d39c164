from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from tour.migrations._adding import AddField
from json import dumps, loads
from tour.db import now, uuid7
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tour', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='TravelFrom',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('source', fields.CharField(max_length=200)),
                ('point', fields.BigIntField()),
                ('legs', fields.BinaryField()),
            ],
            options={'table': 'travelfrom', 'app': 'tour', 'unique_together': [('source', 'point')], 'pk_attr': 'id', 'table_description': 'What one router says of the drives from one point to others, packed as known.py says.'},
            bases=['Model'],
        ),
        AddField(
            model_name='PlannedVisit',
            name='drive_source',
            field=fields.SmallIntField(default=0),
        ),
        AddField(
            model_name='Tablet',
            name='account',
            field=fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        AddField(
            model_name='Tablet',
            name='device',
            field=fields.CharField(default='', max_length=48),
        ),
        AddField(
            model_name='Tablet',
            name='former',
            field=fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        AddField(
            model_name='Tablet',
            name='lost',
            field=fields.IntField(default=0),
        ),
        AddField(
            model_name='Tablet',
            name='lost_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddField(
            model_name='Tablet',
            name='storage',
            field=fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        AddField(
            model_name='TravelCorrection',
            name='created_at',
            field=fields.DatetimeField(default=now, auto_now=False, auto_now_add=False),
        ),
        AddField(
            model_name='Visit',
            name='drive_source',
            field=fields.SmallIntField(default=0),
        ),
    ]
