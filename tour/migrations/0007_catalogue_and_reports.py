from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tour.corner.catalogue.models import Availability
from tour.db import uuid7
from tour.migrations._adding import AddField
from tortoise import fields

async def keep_versions(apps, editor):
    """Items of before have one set of questions, which their needs were asked with."""
    item_model, version_model, need_model = (
        apps.get_model(f"tour.{name}") for name in ("Item", "ItemVersion", "Need")
    )
    for item in await item_model.all().using_db(editor.client):
        questions = [renamed(question) for question in item.questions]
        await item_model.filter(id=item.id).using_db(editor.client).update(questions=questions)
        await version_model.create(using_db=editor.client, item_id=item.id, version=1, questions=questions)
    # Tablets hold items without their questions: all of them are new to them.
    counter = await apps.get_model("tour.FeedCounter").all().using_db(editor.client).first()
    if counter:
        feed = apps.get_model("tour.Document")
        await feed.filter(kind="item").using_db(editor.client).update(version=counter.value + 1)
        counter.value += 1
        await counter.save(using_db=editor.client, update_fields=["value"])
    await need_model.exclude(item_id=None).using_db(editor.client).update(item_version=1)


def renamed(question):
    """A question as corner.questions describes it."""
    kind = {"bool": "yes_no"}.get(question.get("type"), question.get("type", "text"))
    name = question.get("id") or question.get("name", "")
    rest = {key: value for key, value in question.items() if key not in ("name", "id", "type")}
    return {"id": name, "type": kind, "help": "", **rest}


class Migration(migrations.Migration):
    dependencies = [('tour', '0006_desks')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ItemVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', db_constraint=True, to_field='id', related_name='versions', on_delete=OnDelete.CASCADE)),
                ('version', fields.IntField()),
                ('questions', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'itemversion', 'app': 'tour', 'unique_together': (('item', 'version'),), 'pk_attr': 'id', 'table_description': 'The questions of an item, as one of its versions asked them. Never changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Picture',
            fields=[
                ('sha256', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('media_type', fields.CharField(max_length=32)),
                ('content', fields.BinaryField()),
            ],
            options={'table': 'picture', 'app': 'tour', 'pk_attr': 'sha256', 'table_description': 'A small picture of the catalogue, named by the SHA-256 of its bytes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='VisitReport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('visit', fields.OneToOneField('tour.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name='more', on_delete=OnDelete.CASCADE)),
                ('met_managers', fields.IntField(null=True)),
                ('met_ambassadors', fields.IntField(null=True)),
                ('demonstrations', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('themes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('autonomy', fields.CharField(default='', max_length=16)),
                ('duration_min', fields.IntField(null=True)),
                ('equipment', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('referral', fields.CharField(default='', max_length=8)),
                ('referral_to', fields.CharField(default='', max_length=160)),
            ],
            options={'table': 'visitreport', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'What a pair says of a visit beside its notes: the fields of « La Coop de la médiation numérique ».'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='Item',
            options={'table': 'item', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'An entry of the service catalogue. Its questions are described in questions.py.'},
        ),
        AddField(
            model_name='Item',
            name='availability',
            field=fields.CharEnumField(default=Availability.AVAILABLE, description='AVAILABLE: available\nLIMITED: limited\nON_ORDER: on_order\nUNAVAILABLE: unavailable', enum_type=Availability, max_length=16),
        ),
        AddField(
            model_name='Item',
            name='picture',
            field=fields.CharField(default='', max_length=64),
        ),
        AddField(
            model_name='Item',
            name='synonyms',
            field=fields.CharField(default='', max_length=250),
        ),
        AddField(
            model_name='Item',
            name='version',
            field=fields.IntField(default=1),
        ),
        AddField(
            model_name='Need',
            name='item_version',
            field=fields.IntField(default=0),
        ),
        ops.RunPython(keep_versions),
    ]
