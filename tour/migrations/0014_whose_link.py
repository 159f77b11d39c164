from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from tour.migrations._adding import AddField

# A manager's link is of one person. Links of before say nothing of whose they are: the message they left in
# was sent just after they were made. One that no message explains opens nothing any more; a new one is asked for.
WHO_WAS_MAILED = """
UPDATE "link" SET "email" = COALESCE(
    (SELECT LOWER("receipt"."recipient") FROM "receipt"
     WHERE "receipt"."visit_id" = "link"."visit_id" AND "receipt"."channel" = 'mail'
       AND "receipt"."sent_at" >= "link"."created_at"
     ORDER BY "receipt"."sent_at" LIMIT 1), '')
WHERE "kind" = 'visit' AND "email" = ''
"""
WHOSE_VISITS = """
UPDATE "link" SET "email" = COALESCE(
    (SELECT LOWER("sitemanager"."email") FROM "sitemanager" WHERE "sitemanager"."id" = "link"."manager_id"), '')
WHERE "kind" = 'manager' AND "email" = ''
"""


class Migration(migrations.Migration):
    dependencies = [('tour', '0013_counters')]

    initial = False

    operations = [
        AddField(
            model_name='FollowLink',
            name='email',
            field=fields.CharField(default='', max_length=254),
        ),
        ops.RunSQL([WHO_WAS_MAILED, WHOSE_VISITS], reverse_sql=ops.RunSQL.noop),
    ]
