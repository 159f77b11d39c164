"""Ticket numbers come from a counter, which starts at the highest that each year has given."""

from collections import defaultdict

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


async def start_at_the_highest(apps, editor):
    ticket, counter = apps.get_model("tour.Ticket"), apps.get_model("tour.Counter")
    highest = defaultdict(int)
    given = ticket.filter(reference__startswith="T").using_db(editor.client)
    for reference in await given.values_list("reference", flat=True):
        year, _dash, number = reference.removeprefix("T").partition("-")
        if len(year) == 4 and all(part.isascii() and part.isdigit() for part in (year, number)):
            highest[year] = max(highest[year], int(number))
    for year, number in highest.items():
        await counter.create(using_db=editor.client, series=f"ticket-{year}", value=number)


class Migration(migrations.Migration):
    dependencies = [('tour', '0012_who_held_what')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Counter',
            fields=[
                ('series', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('value', fields.BigIntField(default=0)),
            ],
            options={'table': 'counter', 'app': 'tour', 'pk_attr': 'series', 'table_description': 'The last number given in a series (tickets of a year). It only grows: a number is never given twice.'},
            bases=['Model'],
        ),
        ops.RunPython(start_at_the_highest),
    ]
