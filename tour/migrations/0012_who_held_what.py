from tortoise import migrations
from tortoise.migrations import operations as ops
from tour.db import now, uuid7
from tour.migrations._adding import AddField
from tortoise import fields

# The rule of the database itself, frozen here: whoever moves a visit, by whatever road, the pair that gets it is written down.
SQLITE = [
    "CREATE TRIGGER visit_held_first AFTER INSERT ON visit FOR EACH ROW BEGIN"
    " INSERT INTO visithold (visit, pair, since)"
    " VALUES (NEW.id, NEW.pair_id, strftime('%Y-%m-%d %H:%M:%f', 'now') || '+00:00'); END",
    "CREATE TRIGGER visit_held_next AFTER UPDATE OF pair_id ON visit FOR EACH ROW WHEN OLD.pair_id <> NEW.pair_id BEGIN"
    " INSERT INTO visithold (visit, pair, since)"
    " VALUES (NEW.id, NEW.pair_id, strftime('%Y-%m-%d %H:%M:%f', 'now') || '+00:00'); END",
    "CREATE TRIGGER visithold_kept BEFORE UPDATE ON visithold FOR EACH ROW BEGIN"
    " SELECT RAISE(ABORT, 'who held a visit is never changed'); END",
    "CREATE TRIGGER visithold_stays BEFORE DELETE ON visithold FOR EACH ROW BEGIN"
    " SELECT RAISE(ABORT, 'who held a visit is never removed'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION visit_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO visithold (visit, pair, since) VALUES (NEW.id, NEW.pair_id, clock_timestamp()); RETURN NULL; END $$",
    "CREATE TRIGGER visit_held_first AFTER INSERT ON visit FOR EACH ROW EXECUTE FUNCTION visit_held()",
    "CREATE TRIGGER visit_held_next AFTER UPDATE OF pair_id ON visit FOR EACH ROW"
    " WHEN (OLD.pair_id IS DISTINCT FROM NEW.pair_id) EXECUTE FUNCTION visit_held()",
    "CREATE FUNCTION visithold_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'who held a visit is never changed' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER visithold_kept BEFORE UPDATE OR DELETE ON visithold FOR EACH ROW EXECUTE FUNCTION visithold_kept()",
]
# Before, nobody wrote it down. What still tells: who has the visit, what its tablets sent, and plans that were accepted.
BACKFILL = """
INSERT INTO visithold (visit, pair, since)
SELECT held.visit, held.pair, {now} FROM (
  SELECT v.id AS visit, v.pair_id AS pair FROM visit v
  UNION SELECT v.id, t.pair_id FROM "change" c JOIN tablet t ON t.id = c.tablet_id JOIN visit v ON v.id = c.doc
    WHERE c.kind = 'visit' AND c.outcome = 'applied'
  UNION SELECT n.visit_id, t.pair_id FROM "change" c JOIN tablet t ON t.id = c.tablet_id JOIN need n ON n.id = c.doc
    WHERE c.kind = 'need' AND c.outcome = 'applied'
  UNION SELECT v.id, p.pair_id FROM plannedvisit p JOIN plan ON plan.id = p.plan_id
    JOIN visit v ON v.campaign_id = plan.campaign_id AND v.site_id = p.site_id AND v.part = p.part
    WHERE plan.accepted_at IS NOT NULL
) held
"""


async def write_down_who_holds_what(apps, editor):
    sqlite = editor.client.capabilities.dialect == "sqlite"
    instant = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '+00:00'" if sqlite else "clock_timestamp()"
    await editor.client.execute_query(BACKFILL.format(now=instant))
    for statement in SQLITE if sqlite else POSTGRESQL:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [('tour', '0010_sessions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='VisitHold',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('visit', fields.UUIDField()),
                ('pair', fields.UUIDField()),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'visithold', 'app': 'tour', 'indexes': (('pair', 'visit'),), 'pk_attr': 'id', 'table_description': 'From then on a pair held a visit. The database itself writes it whenever a visit gets a pair, and never changes it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Unreadable',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tablet', fields.ForeignKeyField('tour.Tablet', source_field='tablet_id', db_constraint=True, to_field='id', related_name='unreadable', on_delete=fields.CASCADE)),
                ('sha256', fields.CharField(max_length=64)),
                ('size', fields.IntField()),
                ('why', fields.CharField(default='', max_length=300)),
                ('count', fields.IntField(default=1)),
                ('first_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('filed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('filed_by', fields.CharField(default='', max_length=160)),
            ],
            options={'table': 'unreadable', 'app': 'tour', 'unique_together': (('tablet', 'sha256'),), 'pk_attr': 'id', 'table_description': 'What a tablet sent and the server could not read. Its bytes are a file (see unreadable.py).'},
            bases=['Model'],
        ),
        AddField(
            model_name='Change',
            name='said',
            field=fields.CharField(default='', max_length=160),
        ),
        AddField(
            model_name='Tablet',
            name='seen_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddField(
            model_name='NeedPhoto',
            name='brought',
            field=fields.BooleanField(default=False),
        ),
        ops.RunSQL("UPDATE needphoto SET brought = TRUE WHERE photo_id IN (SELECT sha256 FROM photo WHERE state = 'received')"),
        ops.RunPython(write_down_who_holds_what),
    ]
