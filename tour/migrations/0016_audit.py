from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tour.audit.who import ByKind
from tour.db import now, uuid7
from tortoise import fields

# A line is never changed, and goes only after a year.
SQLITE = [
    "CREATE TRIGGER auditline_kept BEFORE UPDATE ON auditline FOR EACH ROW"
    " BEGIN SELECT RAISE(ABORT, 'a line of the audit is never changed'); END",
    "CREATE TRIGGER auditline_stays BEFORE DELETE ON auditline FOR EACH ROW"
    " WHEN OLD.at > datetime('now', '-366 days')"
    " BEGIN SELECT RAISE(ABORT, 'a line of the audit stays for a year'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION auditline_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'a line of the audit is never changed' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER auditline_kept BEFORE UPDATE ON auditline FOR EACH ROW EXECUTE FUNCTION auditline_kept()",
    "CREATE FUNCTION auditline_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF OLD.at > now() - interval '366 days' THEN"
    " RAISE EXCEPTION 'a line of the audit stays for a year' USING ERRCODE = 'check_violation'; END IF;"
    " RETURN OLD; END $$",
    "CREATE TRIGGER auditline_stays BEFORE DELETE ON auditline FOR EACH ROW EXECUTE FUNCTION auditline_stays()",
    "CREATE FUNCTION auditline_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'the audit is never emptied' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER auditline_whole BEFORE TRUNCATE ON auditline FOR EACH STATEMENT EXECUTE FUNCTION auditline_whole()",
]


async def keep_the_lines(apps, editor):
    dialect = editor.client.capabilities.dialect
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [('tour', '0014_whose_link')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AuditLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('at', fields.DatetimeField(default=now, db_index=True, auto_now=False, auto_now_add=False)),
                ('by_kind', fields.CharEnumField(enum_type=ByKind, max_length=12)),
                ('by_id', fields.CharField(default='', db_index=True, max_length=64)),
                ('by_label', fields.CharField(default='', max_length=160)),
                ('what', fields.CharField(db_index=True, max_length=120)),
                ('on', fields.CharField(source_field='on_what', default='', max_length=240)),
                ('origin', fields.CharField(default='', max_length=64)),
                ('request_id', fields.CharField(default='', max_length=32)),
                ('details', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'auditline', 'app': 'tour', 'pk_attr': 'id', 'table_description': 'One act or event. Never changed, and not removed within a year, as the database sees to.'},
            bases=['Model'],
        ),
        ops.RunPython(keep_the_lines),
    ]
