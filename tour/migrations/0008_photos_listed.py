from tortoise import migrations
from tour.db import now
from tour.migrations._adding import AddField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tour', '0007_catalogue_and_reports')]

    initial = False

    operations = [
        AddField(
            model_name='NeedPhoto',
            name='listed_at',
            field=fields.DatetimeField(null=True, default=now, auto_now=False, auto_now_add=False),
        ),
    ]
