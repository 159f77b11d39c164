from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tour.db import uuid7
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tour', '0003_photos_of_needs')]

    initial = False

    operations = [
        ops.CreateModel(
            name='TabletPerson',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tablet', fields.ForeignKeyField('tour.Tablet', source_field='tablet_id', db_constraint=True, to_field='id', related_name='persons', on_delete=OnDelete.CASCADE)),
                ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', db_constraint=True, to_field='id', related_name='on_tablets', on_delete=OnDelete.CASCADE)),
                ('guest', fields.BooleanField(default=False)),
                ('pin_reset_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tabletperson', 'app': 'tour', 'unique_together': (('tablet', 'agent'),), 'pk_attr': 'id', 'table_description': 'What a planner said of one person on one tablet: a guest there, or allowed to choose a new PIN.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Tablet',
            name='enrolled_by',
            field=fields.ForeignKeyField('tour.Agent', source_field='enrolled_by_id', null=True, db_constraint=True, to_field='id', related_name='tablets', on_delete=OnDelete.SET_NULL),
        ),
    ]
