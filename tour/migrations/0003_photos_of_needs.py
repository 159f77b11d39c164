from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tour.db import now, uuid7
from tour.migrations._adding import AddField
from tour.needs.models import PhotoState
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tour', '0002_roads_and_accounts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Photo',
            fields=[
                ('sha256', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('size', fields.IntField()),
                ('width', fields.IntField(default=0)),
                ('height', fields.IntField(default=0)),
                ('state', fields.CharEnumField(default=PhotoState.EXPECTED, description='EXPECTED: expected\nRECEIVED: received', enum_type=PhotoState, max_length=8)),
                ('announced_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'photo', 'app': 'tour', 'pk_attr': 'sha256', 'table_description': 'A photo by its content, as a tablet sent it. Its files are those of photos.path_of.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NeedPhoto',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', db_constraint=True, to_field='id', related_name='photos', on_delete=OnDelete.CASCADE)),
                ('photo', fields.ForeignKeyField('tour.Photo', source_field='photo_id', db_index=True, db_constraint=True, to_field='sha256', related_name='needs', on_delete=OnDelete.CASCADE)),
                ('place', fields.SmallIntField()),
                ('caption', fields.CharField(default='', max_length=200)),
                ('tablet_id', fields.UUIDField()),
                ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', null=True, db_constraint=True, to_field='id', related_name='photos', on_delete=OnDelete.SET_NULL)),
            ],
            options={'table': 'needphoto', 'app': 'tour', 'unique_together': (('need', 'photo'),), 'pk_attr': 'id', 'table_description': 'A photo among those of a need, and who announced it.'},
            bases=['Model'],
        ),
        AddField(
            model_name='Need',
            name='asset',
            field=fields.CharField(default='', max_length=80),
        ),
    ]
