from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tour.db import now, uuid7
from tortoise import fields


async def take_tokens_out(apps, editor):
    """Links are made when a mail leaves: those that older rows of the outbox hold are taken out."""
    rows = apps.get_model("tour.OutboxRow")
    for row in await rows.filter(kind="mail").using_db(editor.client):
        if "link" not in row.payload:
            continue
        payload = {key: value for key, value in row.payload.items() if key != "link"}
        values = {"payload": payload}
        if payload.get("template") == "need_news":
            payload["follow"] = row.key.split("/")[1]
        elif row.state in ("waiting", "sending"):
            values |= {"state": "failed", "last_error": "the way of signing in has changed"}
        await rows.filter(id=row.id).using_db(editor.client).update(**values)


class Migration(migrations.Migration):
    dependencies = [('tour', '0008_photos_listed')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SignInSession',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.CASCADE)),
                ('browser', fields.CharField(default='', max_length=60)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('last_seen_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'signinsession', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'An agent signed in with one browser. Only the hash of what its cookie holds is kept.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignInLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', db_constraint=True, to_field='id', related_name='sign_in_links', on_delete=OnDelete.CASCADE)),
                ('asked_by', fields.CharField(default='', max_length=64)),
                ('next_path', fields.CharField(default='', max_length=500)),
                ('tries', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'signinlink', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'A link that signs an agent in, once. Its token is made when the mail leaves, and only its hash is kept.'},
            bases=['Model'],
        ),
        ops.RunPython(take_tokens_out),
    ]
