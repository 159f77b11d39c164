"""The first schema. What previews of before have made by smaller steps is the same (see _previews.py)."""

from datetime import time

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from tour.migrations._creating import CreateModels, added
from tour.migrations._fields import ClockField

MODELS = [
    ops.CreateModel(
        name='Agent',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('name', fields.CharField(max_length=120)),
            ('email', fields.CharField(max_length=254, unique=True)),
            ('phone', fields.CharField(max_length=32, default='')),
            ('service', fields.CharField(max_length=8, default='other')),
            ('roles', fields.JSONField(default=list)),
            ('active', fields.BooleanField(default=True)),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'agent'},
    ),
    ops.CreateModel(
        name='Document',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('kind', fields.CharField(max_length=16)),
            ('doc_id', fields.UUIDField()),
            ('version', fields.BigIntField(db_index=True)),
            ('stamps', fields.JSONField(default=dict)),
        ],
        options={'table': 'document', 'unique_together': (('kind', 'doc_id'),)},
    ),
    ops.CreateModel(
        name='FeedCounter',
        fields=[
            ('id', fields.IntField(generated=True, primary_key=True)),
            ('value', fields.BigIntField(default=0)),
        ],
        options={'table': 'feedcounter'},
    ),
    ops.CreateModel(
        name='Item',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('ref', fields.CharField(max_length=40, unique=True)),
            ('space', fields.CharField(max_length=8)),
            ('kind', fields.CharField(max_length=16)),
            ('name', fields.CharField(max_length=120)),
            ('description', fields.TextField(default='')),
            ('keywords', fields.CharField(max_length=250, default='')),
            ('delay_days', fields.IntField(null=True)),
            ('questions', fields.JSONField(default=list)),
            ('position', fields.IntField(default=0)),
            ('active', fields.BooleanField(default=True)),
            ('availability', added(fields.CharField(max_length=16, default='available'))),
            ('picture', added(fields.CharField(max_length=64, default=''))),
            ('synonyms', added(fields.CharField(max_length=250, default=''))),
            ('version', added(fields.IntField(default=1))),
        ],
        options={'table': 'item'},
    ),
    ops.CreateModel(
        name='OutboxRow',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('kind', fields.CharField(max_length=32)),
            ('key', fields.CharField(max_length=200, unique=True)),
            ('payload', fields.JSONField()),
            ('state', fields.CharField(max_length=16, default='waiting')),
            ('tries', fields.IntField(default=0)),
            ('next_at', fields.DatetimeField(db_index=True)),
            ('last_error', fields.TextField(default='')),
            ('created_at', fields.DatetimeField()),
            ('sent_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'outboxrow'},
    ),
    ops.CreateModel(
        name='Pair',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('ref', fields.CharField(max_length=16, unique=True)),
            ('name', fields.CharField(max_length=120)),
            ('hr', fields.ForeignKeyField('tour.Agent', source_field='hr_id', related_name='pairs_as_hr', null=True, on_delete=fields.SET_NULL)),
            ('dsn', fields.ForeignKeyField('tour.Agent', source_field='dsn_id', related_name='pairs_as_dsn', null=True, on_delete=fields.SET_NULL)),
            ('base_name', fields.CharField(max_length=120)),
            ('lat', fields.FloatField()),
            ('lon', fields.FloatField()),
            ('day_start', ClockField(default=time(9, 0))),
            ('day_end', ClockField(default=time(17, 0))),
            ('days', fields.CharField(max_length=40, default='Mo-Fr')),
            ('lunch_min', fields.IntField(default=45)),
            ('lunch_from', ClockField(default=time(11, 45))),
            ('lunch_to', ClockField(default=time(14, 0))),
            ('max_drive_min', fields.IntField(null=True)),
            ('max_visits', fields.IntField(null=True)),
            ('skills', fields.JSONField(default=list)),
        ],
        options={'table': 'pair'},
    ),
    ops.CreateModel(
        name='Absence',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='absences', on_delete=fields.CASCADE)),
            ('first_day', fields.DateField()),
            ('last_day', fields.DateField()),
            ('reason', fields.CharField(max_length=200, default='')),
        ],
        options={'table': 'absence'},
    ),
    ops.CreateModel(
        name='SiteManager',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('name', fields.CharField(max_length=120)),
            ('email', fields.CharField(max_length=254)),
            ('phone', fields.CharField(max_length=32, default='')),
        ],
        options={'table': 'sitemanager'},
    ),
    ops.CreateModel(
        name='Site',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('source', fields.CharField(max_length=40)),
            ('source_id', fields.CharField(max_length=64)),
            ('name', fields.CharField(max_length=200)),
            ('kind', fields.CharField(max_length=40, default='')),
            ('address', fields.CharField(max_length=250, default='')),
            ('postcode', fields.CharField(max_length=10, default='')),
            ('commune', fields.CharField(max_length=120, default='')),
            ('insee', fields.CharField(max_length=5, default='')),
            ('lat', fields.FloatField(null=True)),
            ('lon', fields.FloatField(null=True)),
            ('position_state', fields.CharField(max_length=16, default='given')),
            ('position_score', fields.FloatField(null=True)),
            ('phone', fields.CharField(max_length=32, default='')),
            ('staff', fields.IntField(default=0)),
            ('opening_hours', fields.CharField(max_length=250, default='Mo-Fr 09:00-17:00')),
            ('access', fields.TextField(default='')),
            ('visit_min', fields.IntField(null=True)),
            ('setup_min', fields.IntField(null=True)),
            ('priority', fields.IntField(default=10)),
            ('not_before', fields.DateField(null=True)),
            ('deadline', fields.DateField(null=True)),
            ('blocked', fields.JSONField(default=list)),
            ('skills', fields.JSONField(default=list)),
            ('manager', fields.ForeignKeyField('tour.SiteManager', source_field='manager_id', related_name='sites', null=True, on_delete=fields.SET_NULL)),
            ('active', fields.BooleanField(default=True)),
            ('updated_at', fields.DatetimeField()),
        ],
        options={'table': 'site', 'unique_together': (('source', 'source_id'),)},
    ),
    ops.CreateModel(
        name='Ambassador',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', related_name='ambassadors', on_delete=fields.CASCADE)),
            ('name', fields.CharField(max_length=120)),
            ('email', fields.CharField(max_length=254, default='')),
            ('phone', fields.CharField(max_length=32, default='')),
        ],
        options={'table': 'ambassador'},
    ),
    ops.CreateModel(
        name='Campaign',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('name', fields.CharField(max_length=120)),
            ('first_day', fields.DateField()),
            ('days', fields.IntField(default=25)),
            ('pairs', fields.ManyToManyField('tour.Pair', through='campaign_pair', forward_key='pair_id', backward_key='campaign_id', related_name='campaigns')),
            ('sites', fields.ManyToManyField('tour.Site', through='campaign_site', forward_key='site_id', backward_key='campaign_id', related_name='campaigns')),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'campaign'},
    ),
    ops.CreateModel(
        name='Overnight',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('campaign', fields.ForeignKeyField('tour.Campaign', source_field='campaign_id', related_name='overnights', on_delete=fields.CASCADE)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='overnights', on_delete=fields.CASCADE)),
            ('day', fields.DateField()),
            ('name', fields.CharField(max_length=120)),
            ('lat', fields.FloatField()),
            ('lon', fields.FloatField()),
        ],
        options={'table': 'overnight', 'unique_together': (('pair', 'day'),)},
    ),
    ops.CreateModel(
        name='Plan',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('campaign', fields.ForeignKeyField('tour.Campaign', source_field='campaign_id', related_name='plans', on_delete=fields.CASCADE)),
            ('state', fields.CharField(max_length=16, default='waiting')),
            ('seconds', fields.IntField(default=20)),
            ('seed', fields.IntField(default=1)),
            ('name', fields.CharField(max_length=80, default='')),
            ('manner', fields.CharField(max_length=16, default='new')),
            ('follows', fields.ForeignKeyField('tour.Plan', source_field='follows_id', related_name='followers', null=True, on_delete=fields.SET_NULL)),
            ('options', fields.JSONField(default=dict)),
            ('notes', fields.JSONField(default=list)),
            ('stop_asked', fields.BooleanField(default=False)),
            ('tries', fields.IntField(default=0)),
            ('alive_at', fields.DatetimeField(null=True)),
            ('curve', fields.JSONField(default=list)),
            ('unserved', fields.JSONField(default=list)),
            ('totals', fields.JSONField(default=dict)),
            ('error', fields.TextField(default='')),
            ('made_by', fields.ForeignKeyField('tour.Agent', source_field='made_by_id', related_name='plans', null=True, on_delete=fields.SET_NULL)),
            ('created_at', fields.DatetimeField()),
            ('accepted_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'plan'},
    ),
    ops.CreateModel(
        name='PlanAction',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('plan', fields.ForeignKeyField('tour.Plan', source_field='plan_id', related_name='actions', on_delete=fields.CASCADE)),
            ('label', fields.CharField(max_length=200)),
            ('before', fields.JSONField()),
            ('after', fields.JSONField()),
            ('undone', fields.BooleanField(default=False)),
            ('by', fields.CharField(max_length=120)),
            ('at', fields.DatetimeField()),
        ],
        options={'table': 'planaction'},
    ),
    ops.CreateModel(
        name='PlannedVisit',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('plan', fields.ForeignKeyField('tour.Plan', source_field='plan_id', related_name='places', on_delete=fields.CASCADE)),
            ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', related_name='places', on_delete=fields.CASCADE)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='places', on_delete=fields.CASCADE)),
            ('day', fields.DateField()),
            ('start', ClockField()),
            ('end', ClockField()),
            ('drive_before_min', fields.IntField(default=0)),
            ('drive_after_min', fields.IntField(default=0)),
            ('part', fields.IntField(default=1)),
            ('pinned', fields.BooleanField(default=False)),
            ('drive_source', added(fields.SmallIntField(default=0))),
        ],
        options={'table': 'plannedvisit'},
    ),
    ops.CreateModel(
        name='Tablet',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('name', fields.CharField(max_length=80)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='tablets', on_delete=fields.CASCADE)),
            ('enrol_hash', fields.CharField(max_length=64, null=True, unique=True)),
            ('enrol_until', fields.DatetimeField(null=True)),
            ('secret_hash', fields.CharField(max_length=64, null=True, unique=True)),
            ('enrolled_at', fields.DatetimeField(null=True)),
            ('revoked_at', fields.DatetimeField(null=True)),
            ('last_sync_at', fields.DatetimeField(null=True)),
            ('waiting', fields.IntField(default=0)),
            ('release', fields.CharField(max_length=40, default='')),
            ('account', added(fields.JSONField(default=dict))),
            ('device', added(fields.CharField(max_length=48, default=''))),
            ('former', added(fields.JSONField(default=list))),
            ('lost', added(fields.IntField(default=0))),
            ('lost_at', added(fields.DatetimeField(null=True))),
            ('storage', added(fields.JSONField(default=dict))),
            ('enrolled_by', added(fields.ForeignKeyField('tour.Agent', source_field='enrolled_by_id', related_name='tablets', null=True, on_delete=fields.SET_NULL))),
            ('seen_at', added(fields.DatetimeField(null=True))),
        ],
        options={'table': 'tablet'},
    ),
    ops.CreateModel(
        name='Change',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('tablet', fields.ForeignKeyField('tour.Tablet', source_field='tablet_id', related_name='changes', null=True, on_delete=fields.SET_NULL)),
            ('kind', fields.CharField(max_length=16)),
            ('doc', fields.UUIDField(db_index=True)),
            ('patch', fields.JSONField()),
            ('stamp', fields.CharField(max_length=80)),
            ('by', fields.CharField(max_length=160, default='')),
            ('outcome', fields.CharField(max_length=16)),
            ('refused_field', fields.CharField(max_length=40, default='')),
            ('why', fields.TextField(default='')),
            ('received_at', fields.DatetimeField()),
            ('said', added(fields.CharField(max_length=160, default=''))),
        ],
        options={'table': 'change'},
    ),
    ops.CreateModel(
        name='TravelCorrection',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('from_name', fields.CharField(max_length=120)),
            ('from_lat', fields.FloatField()),
            ('from_lon', fields.FloatField()),
            ('to_name', fields.CharField(max_length=120)),
            ('to_lat', fields.FloatField()),
            ('to_lon', fields.FloatField()),
            ('minutes', fields.IntField()),
            ('both_ways', fields.BooleanField(default=True)),
            ('radius_km', fields.FloatField(default=2.0)),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'travelcorrection'},
    ),
    ops.CreateModel(
        name='Visit',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('campaign', fields.ForeignKeyField('tour.Campaign', source_field='campaign_id', related_name='visits', null=True, on_delete=fields.CASCADE)),
            ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', related_name='visits', on_delete=fields.CASCADE)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='visits', on_delete=fields.CASCADE)),
            ('day', fields.DateField(db_index=True)),
            ('start', ClockField()),
            ('end', ClockField()),
            ('drive_before_min', fields.IntField(default=0)),
            ('drive_after_min', fields.IntField(default=0)),
            ('state', fields.CharField(max_length=16, default='proposed')),
            ('part', fields.IntField(default=1)),
            ('sequence', fields.IntField(default=0)),
            ('arrived_at', fields.DatetimeField(null=True)),
            ('left_at', fields.DatetimeField(null=True)),
            ('met', fields.IntField(null=True)),
            ('report', fields.TextField(default='')),
            ('drive_source', added(fields.SmallIntField(default=0))),
        ],
        options={'table': 'visit'},
    ),
    ops.CreateModel(
        name='Need',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='needs', on_delete=fields.CASCADE)),
            ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', related_name='needs', on_delete=fields.CASCADE)),
            ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', related_name='needs', null=True, on_delete=fields.SET_NULL)),
            ('kind', fields.CharField(max_length=16)),
            ('text', fields.TextField(default='')),
            ('urgency', fields.CharField(max_length=8, default='normal')),
            ('requester', fields.CharField(max_length=160, default='')),
            ('answers', fields.JSONField(default=dict)),
            ('state', fields.CharField(max_length=16, default='received')),
            ('withdrawn', fields.BooleanField(default=False)),
            ('recorded_at', fields.DatetimeField()),
            ('recorded_by', fields.ForeignKeyField('tour.Agent', source_field='recorded_by_id', related_name='needs', null=True, on_delete=fields.SET_NULL)),
            ('received_at', fields.DatetimeField()),
            ('asset', added(fields.CharField(max_length=80, default=''))),
            ('merged_into', added(fields.ForeignKeyField('tour.Need', source_field='merged_into_id', related_name='merged', null=True, on_delete=fields.SET_NULL))),
            ('news', added(fields.JSONField(null=True))),
            ('item_version', added(fields.IntField(default=0))),
        ],
        options={'table': 'need'},
    ),
    ops.CreateModel(
        name='Ticket',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('need', fields.OneToOneField('tour.Need', source_field='need_id', related_name='ticket', on_delete=fields.CASCADE)),
            ('desk', fields.CharField(max_length=16, default='embedded')),
            ('reference', fields.CharField(max_length=64, unique=True)),
            ('opened_at', fields.DatetimeField()),
            ('updated_at', fields.DatetimeField()),
            ('treated_by', fields.CharField(max_length=160, default='')),
            ('assignee', added(fields.ForeignKeyField('tour.Agent', source_field='assignee_id', related_name='tickets', null=True, on_delete=fields.SET_NULL))),
            ('due_on', added(fields.DateField(null=True))),
            ('read_at', added(fields.DatetimeField(null=True))),
            ('remote_at', added(fields.DatetimeField(null=True))),
            ('remote_status', added(fields.CharField(max_length=40, null=True))),
            ('to_bring', added(fields.BooleanField(null=True))),
            ('url', added(fields.CharField(max_length=400, null=True))),
        ],
        options={'table': 'ticket'},
    ),
    ops.CreateModel(
        name='VisitEvent',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='events', on_delete=fields.CASCADE)),
            ('at', fields.DatetimeField()),
            ('by', fields.CharField(max_length=160)),
            ('before', fields.CharField(max_length=16, default='')),
            ('after', fields.CharField(max_length=16)),
            ('note', fields.TextField(default='')),
            ('actor', added(fields.CharField(max_length=8, default='planner'))),
        ],
        options={'table': 'visitevent'},
    ),
    ops.CreateModel(
        name='TravelFrom',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('source', fields.CharField(max_length=200)),
            ('point', fields.BigIntField()),
            ('legs', fields.BinaryField()),
        ],
        options={'table': 'travelfrom', 'unique_together': (('source', 'point'),)},
    ),
    ops.CreateModel(
        name='Photo',
        fields=[
            ('sha256', fields.CharField(primary_key=True, max_length=64)),
            ('size', fields.IntField()),
            ('width', fields.IntField(default=0)),
            ('height', fields.IntField(default=0)),
            ('state', fields.CharField(max_length=8, default='expected')),
            ('announced_at', fields.DatetimeField()),
            ('received_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'photo'},
    ),
    ops.CreateModel(
        name='NeedPhoto',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', related_name='photos', on_delete=fields.CASCADE)),
            ('photo', fields.ForeignKeyField('tour.Photo', source_field='photo_id', related_name='needs', db_index=True, on_delete=fields.CASCADE)),
            ('place', fields.SmallIntField()),
            ('caption', fields.CharField(max_length=200, default='')),
            ('tablet_id', fields.UUIDField()),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='photos', null=True, on_delete=fields.SET_NULL)),
            ('listed_at', added(fields.DatetimeField(null=True))),
            ('brought', added(fields.BooleanField(default=False))),
        ],
        options={'table': 'needphoto', 'unique_together': (('need', 'photo'),)},
    ),
    ops.CreateModel(
        name='TabletPerson',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('tablet', fields.ForeignKeyField('tour.Tablet', source_field='tablet_id', related_name='persons', on_delete=fields.CASCADE)),
            ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', related_name='on_tablets', on_delete=fields.CASCADE)),
            ('guest', fields.BooleanField(default=False)),
            ('pin_reset_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'tabletperson', 'unique_together': (('tablet', 'agent'),)},
    ),
    ops.CreateModel(
        name='Attempts',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('key', fields.CharField(max_length=64, unique=True)),
            ('since', fields.DatetimeField()),
            ('count', fields.IntField(default=0)),
        ],
        options={'table': 'attempts'},
    ),
    ops.CreateModel(
        name='ProposedDate',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='proposed_dates', on_delete=fields.CASCADE)),
            ('day', fields.DateField()),
            ('start', ClockField(null=True)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='proposed_dates', null=True, on_delete=fields.SET_NULL)),
            ('by', fields.CharField(max_length=160)),
            ('at', fields.DatetimeField()),
        ],
        options={'table': 'datewish'},
    ),
    ops.CreateModel(
        name='Announcement',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='announcements', on_delete=fields.CASCADE)),
            ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', related_name='announcements', null=True, on_delete=fields.SET_NULL)),
            ('text', fields.TextField(default='')),
            ('name', fields.CharField(max_length=120, default='')),
            ('state', fields.CharField(max_length=8, default='to_read')),
            ('by', fields.CharField(max_length=160, default='')),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'hint'},
    ),
    ops.CreateModel(
        name='Incoming',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('kind', fields.CharField(max_length=8)),
            ('message_id', fields.CharField(max_length=250, unique=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='incoming', null=True, on_delete=fields.CASCADE)),
            ('sender', fields.CharField(max_length=254, default='')),
            ('answer', fields.CharField(max_length=24, default='')),
            ('text', fields.TextField(default='')),
            ('at', fields.DatetimeField()),
            ('treated_by', fields.CharField(max_length=160, default='')),
        ],
        options={'table': 'incoming'},
    ),
    ops.CreateModel(
        name='Link',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('kind', fields.CharField(max_length=12)),
            ('token_hash', fields.CharField(max_length=64, unique=True)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='given_links', null=True, on_delete=fields.CASCADE)),
            ('manager', fields.ForeignKeyField('tour.SiteManager', source_field='manager_id', related_name='links', null=True, on_delete=fields.CASCADE)),
            ('pair', fields.ForeignKeyField('tour.Pair', source_field='pair_id', related_name='links', null=True, on_delete=fields.CASCADE)),
            ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', related_name='links', null=True, on_delete=fields.CASCADE)),
            ('email', fields.CharField(max_length=254, default='')),
            ('expires_at', fields.DatetimeField(null=True)),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'link'},
    ),
    ops.CreateModel(
        name='Mailing',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('per_hour', fields.IntField()),
            ('state', fields.CharField(max_length=8, default='running')),
            ('by', fields.CharField(max_length=160)),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'mailing'},
    ),
    ops.CreateModel(
        name='MailingLine',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('mailing', fields.ForeignKeyField('tour.Mailing', source_field='mailing_id', related_name='lines', on_delete=fields.CASCADE)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='mailing_lines', on_delete=fields.CASCADE)),
            ('posted_at', fields.DatetimeField(null=True)),
            ('problem', fields.TextField(default='')),
        ],
        options={'table': 'mailingline', 'unique_together': (('mailing', 'visit'),)},
    ),
    ops.CreateModel(
        name='Preference',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('email', fields.CharField(max_length=254, unique=True)),
            ('reminders', fields.BooleanField(default=True)),
            ('calendar', fields.BooleanField(default=True)),
        ],
        options={'table': 'preference'},
    ),
    ops.CreateModel(
        name='Receipt',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('key', fields.CharField(max_length=200, unique=True)),
            ('channel', fields.CharField(max_length=8)),
            ('event', fields.CharField(max_length=24)),
            ('visit', fields.ForeignKeyField('tour.Visit', source_field='visit_id', related_name='receipts', null=True, on_delete=fields.CASCADE)),
            ('recipient', fields.CharField(max_length=254)),
            ('message_id', fields.CharField(max_length=250, unique=True)),
            ('state', fields.CharField(max_length=8, default='waiting')),
            ('error', fields.TextField(default='')),
            ('created_at', fields.DatetimeField()),
            ('sent_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'receipt'},
    ),
    ops.CreateModel(
        name='Reception',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.OneToOneField('tour.Visit', source_field='visit_id', related_name='reception', on_delete=fields.CASCADE)),
            ('access', fields.TextField(default='')),
            ('room', fields.CharField(max_length=160, default='')),
            ('expected', fields.IntField(null=True)),
            ('ambassador', fields.CharField(max_length=160, default='')),
            ('items', fields.JSONField(default=list)),
            ('by', fields.CharField(max_length=160, default='')),
            ('at', fields.DatetimeField()),
        ],
        options={'table': 'welcome'},
    ),
    ops.CreateModel(
        name='Comment',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', related_name='comments', on_delete=fields.CASCADE)),
            ('at', fields.DatetimeField()),
            ('by', fields.CharField(max_length=160, default='')),
            ('text', fields.TextField()),
            ('public', fields.BooleanField(default=True)),
            ('solution', fields.BooleanField(default=False)),
            ('remote_id', fields.CharField(max_length=64, default='')),
        ],
        options={'table': 'comment'},
    ),
    ops.CreateModel(
        name='Desk',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('kind', fields.CharField(max_length=16)),
            ('name', fields.CharField(max_length=40, unique=True)),
            ('url', fields.CharField(max_length=300)),
            ('options', fields.JSONField(default=dict)),
            ('secrets', fields.TextField(default='')),
            ('in_use', fields.BooleanField(default=False)),
            ('triage', fields.BooleanField(default=False)),
            ('polled_at', fields.DatetimeField(null=True)),
            ('failures', fields.IntField(default=0)),
            ('failed_with', fields.UUIDField(null=True)),
            ('open_until', fields.DatetimeField(source_field='closed_until', null=True)),
            ('trouble', fields.TextField(default='')),
            ('findings', fields.JSONField(default=list)),
            ('checked_at', fields.DatetimeField(null=True)),
            ('created_at', fields.DatetimeField()),
        ],
        options={'table': 'desk'},
    ),
    ops.CreateModel(
        name='Delivery',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('need', fields.OneToOneField('tour.Need', source_field='need_id', related_name='delivery', on_delete=fields.CASCADE)),
            ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', related_name='deliveries', on_delete=fields.CASCADE)),
            ('state', fields.CharField(max_length=16, default='waiting')),
            ('remote_id', fields.CharField(max_length=64, default='')),
            ('tries', fields.IntField(default=0)),
            ('unsure_at', fields.DatetimeField(null=True)),
            ('photos_left', fields.IntField(default=0)),
            ('answer', fields.TextField(default='')),
            ('problem', fields.TextField(default='')),
            ('created_at', fields.DatetimeField()),
            ('tried_at', fields.DatetimeField(null=True)),
            ('sent_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'delivery', 'indexes': [Index(fields=['desk_id', 'remote_id']), Index(fields=['state'])]},
    ),
    ops.CreateModel(
        name='FollowLink',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('need', fields.ForeignKeyField('tour.Need', source_field='need_id', related_name='follow_links', on_delete=fields.CASCADE)),
            ('token_hash', fields.CharField(max_length=64, unique=True)),
            ('expires_at', fields.DatetimeField()),
            ('created_at', fields.DatetimeField()),
            ('email', added(fields.CharField(max_length=254, default=''))),
        ],
        options={'table': 'followlink'},
    ),
    ops.CreateModel(
        name='ItemMapping',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', related_name='item_mappings', on_delete=fields.CASCADE)),
            ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', related_name='mappings', on_delete=fields.CASCADE)),
            ('category', fields.CharField(max_length=64, default='')),
            ('type', fields.CharField(max_length=16, default='')),
            ('urgency', fields.CharField(max_length=8, default='')),
            ('queue', fields.CharField(max_length=120, default='')),
        ],
        options={'table': 'itemmapping', 'unique_together': (('desk', 'item'),)},
    ),
    ops.CreateModel(
        name='RemoteChoice',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', related_name='choices', on_delete=fields.CASCADE)),
            ('what', fields.CharField(max_length=16)),
            ('remote_id', fields.CharField(max_length=64)),
            ('name', fields.CharField(max_length=250)),
        ],
        options={'table': 'remotechoice', 'unique_together': (('desk', 'what', 'remote_id'),)},
    ),
    ops.CreateModel(
        name='SavedView',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', related_name='desk_views', on_delete=fields.CASCADE)),
            ('name', fields.CharField(max_length=60)),
            ('query', fields.CharField(max_length=400)),
        ],
        options={'table': 'savedview', 'unique_together': (('agent', 'name'),)},
    ),
    ops.CreateModel(
        name='SiteMapping',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('desk', fields.ForeignKeyField('tour.Desk', source_field='desk_id', related_name='site_mappings', on_delete=fields.CASCADE)),
            ('site', fields.ForeignKeyField('tour.Site', source_field='site_id', related_name='mappings', on_delete=fields.CASCADE)),
            ('location', fields.CharField(max_length=64)),
        ],
        options={'table': 'sitemapping', 'unique_together': (('desk', 'site'),)},
    ),
    ops.CreateModel(
        name='ItemVersion',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('item', fields.ForeignKeyField('tour.Item', source_field='item_id', related_name='versions', on_delete=fields.CASCADE)),
            ('version', fields.IntField()),
            ('questions', fields.JSONField(default=list)),
        ],
        options={'table': 'itemversion', 'unique_together': (('item', 'version'),)},
    ),
    ops.CreateModel(
        name='Picture',
        fields=[
            ('sha256', fields.CharField(primary_key=True, max_length=64)),
            ('media_type', fields.CharField(max_length=32)),
            ('content', fields.BinaryField()),
        ],
        options={'table': 'picture'},
    ),
    ops.CreateModel(
        name='VisitReport',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('visit', fields.OneToOneField('tour.Visit', source_field='visit_id', related_name='more', on_delete=fields.CASCADE)),
            ('met_managers', fields.IntField(null=True)),
            ('met_ambassadors', fields.IntField(null=True)),
            ('demonstrations', fields.JSONField(default=list)),
            ('themes', fields.JSONField(default=list)),
            ('autonomy', fields.CharField(max_length=16, default='')),
            ('duration_min', fields.IntField(null=True)),
            ('equipment', fields.JSONField(default=list)),
            ('referral', fields.CharField(max_length=8, default='')),
            ('referral_to', fields.CharField(max_length=160, default='')),
        ],
        options={'table': 'visitreport'},
    ),
    ops.CreateModel(
        name='SignInSession',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('token_hash', fields.CharField(max_length=64, unique=True)),
            ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', related_name='sessions', on_delete=fields.CASCADE)),
            ('browser', fields.CharField(max_length=60, default='')),
            ('created_at', fields.DatetimeField()),
            ('last_seen_at', fields.DatetimeField()),
            ('ended_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'signinsession'},
    ),
    ops.CreateModel(
        name='SignInLink',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('token_hash', fields.CharField(max_length=64, null=True, unique=True)),
            ('agent', fields.ForeignKeyField('tour.Agent', source_field='agent_id', related_name='sign_in_links', on_delete=fields.CASCADE)),
            ('asked_by', fields.CharField(max_length=64, default='')),
            ('next_path', fields.CharField(max_length=500, default='')),
            ('tries', fields.IntField(default=0)),
            ('created_at', fields.DatetimeField()),
            ('expires_at', fields.DatetimeField()),
            ('used_at', fields.DatetimeField(null=True)),
        ],
        options={'table': 'signinlink'},
    ),
    ops.CreateModel(
        name='VisitHold',
        fields=[
            ('id', fields.IntField(generated=True, primary_key=True)),
            ('visit', fields.UUIDField()),
            ('pair', fields.UUIDField()),
            ('since', fields.DatetimeField()),
        ],
        options={'table': 'visithold', 'indexes': (('pair', 'visit'),)},
    ),
    ops.CreateModel(
        name='Unreadable',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('tablet', fields.ForeignKeyField('tour.Tablet', source_field='tablet_id', related_name='unreadable', on_delete=fields.CASCADE)),
            ('sha256', fields.CharField(max_length=64)),
            ('size', fields.IntField()),
            ('why', fields.CharField(max_length=300, default='')),
            ('count', fields.IntField(default=1)),
            ('first_at', fields.DatetimeField()),
            ('last_at', fields.DatetimeField()),
            ('filed_at', fields.DatetimeField(null=True)),
            ('filed_by', fields.CharField(max_length=160, default='')),
        ],
        options={'table': 'unreadable', 'unique_together': (('tablet', 'sha256'),)},
    ),
    ops.CreateModel(
        name='Counter',
        fields=[
            ('series', fields.CharField(primary_key=True, max_length=32)),
            ('value', fields.BigIntField(default=0)),
        ],
        options={'table': 'counter'},
    ),
    ops.CreateModel(
        name='AuditLine',
        fields=[
            ('id', fields.UUIDField(primary_key=True)),
            ('at', fields.DatetimeField(db_index=True)),
            ('by_kind', fields.CharField(max_length=12)),
            ('by_id', fields.CharField(max_length=64, db_index=True, default='')),
            ('by_label', fields.CharField(max_length=160, default='')),
            ('what', fields.CharField(max_length=120, db_index=True)),
            ('on', fields.CharField(source_field='on_what', max_length=240, default='')),
            ('origin', fields.CharField(max_length=64, default='')),
            ('request_id', fields.CharField(max_length=32, default='')),
            ('details', fields.JSONField(default=dict)),
        ],
        options={'table': 'auditline'},
    ),
]

# The database itself keeps the life of a visit (see visits/passages.py), writes down who held it, and keeps the audit.
SQLITE = [
    "CREATE TRIGGER visit_state BEFORE INSERT ON visit FOR EACH ROW WHEN NEW.state NOT IN ('proposed', 'invited',"
    " 'confirmed', 'other_date', 'declined', 'under_way', 'done', 'missed', 'cancelled') BEGIN SELECT RAISE(ABORT,"
    " 'unknown state of a visit'); END",
    "CREATE TRIGGER visit_passage BEFORE UPDATE ON visit FOR EACH ROW WHEN OLD.state <> NEW.state AND NOT ("
    "(OLD.state = 'proposed' AND NEW.state = 'invited') OR (OLD.state = 'proposed' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'proposed' AND NEW.state = 'cancelled') OR (OLD.state = 'invited' AND NEW.state = 'confirmed')"
    " OR (OLD.state = 'invited' AND NEW.state = 'other_date') OR (OLD.state = 'invited' AND NEW.state = 'declined')"
    " OR (OLD.state = 'invited' AND NEW.state = 'proposed') OR (OLD.state = 'invited' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'invited' AND NEW.state = 'missed') OR (OLD.state = 'invited' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'other_date') OR (OLD.state = 'confirmed' AND NEW.state = 'declined')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'proposed') OR (OLD.state = 'confirmed' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'missed') OR (OLD.state = 'confirmed' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'confirmed') OR (OLD.state = 'other_date' AND NEW.state = 'declined')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'proposed') OR (OLD.state = 'other_date' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'cancelled') OR (OLD.state = 'declined' AND NEW.state = 'confirmed')"
    " OR (OLD.state = 'declined' AND NEW.state = 'other_date') OR (OLD.state = 'declined' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'declined' AND NEW.state = 'under_way') OR (OLD.state = 'declined' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'under_way' AND NEW.state = 'done') OR (OLD.state = 'under_way' AND NEW.state = 'missed')"
    " OR (OLD.state = 'done' AND NEW.state = 'under_way') OR (OLD.state = 'missed' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'missed' AND NEW.state = 'under_way') OR (OLD.state = 'cancelled' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'cancelled' AND NEW.state = 'under_way')"
    ") BEGIN SELECT RAISE(ABORT, 'illegal passage of a visit'); END",
    "CREATE TRIGGER visit_written BEFORE UPDATE ON visit FOR EACH ROW WHEN OLD.state <> NEW.state AND NOT EXISTS"
    " (SELECT 1 FROM visitevent e WHERE e.visit_id = NEW.id AND e.before = OLD.state AND e.after = NEW.state) BEGIN"
    " SELECT RAISE(ABORT, 'passage of a visit without its event'); END",
    "CREATE TRIGGER visitevent_kept BEFORE UPDATE ON visitevent FOR EACH ROW WHEN OLD.visit_id <> NEW.visit_id OR"
    " OLD.before <> NEW.before OR OLD.after <> NEW.after BEGIN SELECT RAISE(ABORT, 'history of a visit is never"
    " changed'); END",
    "CREATE TRIGGER visitevent_stays BEFORE DELETE ON visitevent FOR EACH ROW WHEN EXISTS (SELECT 1 FROM visit v"
    " WHERE v.id = OLD.visit_id) BEGIN SELECT RAISE(ABORT, 'history of a visit is never removed'); END",
    "CREATE TRIGGER visit_held_first AFTER INSERT ON visit FOR EACH ROW BEGIN INSERT INTO visithold (visit, pair,"
    " since) VALUES (NEW.id, NEW.pair_id, strftime('%Y-%m-%d %H:%M:%f', 'now') || '+00:00'); END",
    "CREATE TRIGGER visit_held_next AFTER UPDATE OF pair_id ON visit FOR EACH ROW WHEN OLD.pair_id <> NEW.pair_id"
    " BEGIN INSERT INTO visithold (visit, pair, since) VALUES (NEW.id, NEW.pair_id, strftime('%Y-%m-%d %H:%M:%f',"
    " 'now') || '+00:00'); END",
    "CREATE TRIGGER visithold_kept BEFORE UPDATE ON visithold FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'who held a"
    " visit is never changed'); END",
    "CREATE TRIGGER visithold_stays BEFORE DELETE ON visithold FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'who held a"
    " visit is never removed'); END",
    "CREATE TRIGGER auditline_kept BEFORE UPDATE ON auditline FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'a line of the"
    " audit is never changed'); END",
    "CREATE TRIGGER auditline_stays BEFORE DELETE ON auditline FOR EACH ROW WHEN OLD.at > datetime('now', '-366"
    " days') BEGIN SELECT RAISE(ABORT, 'a line of the audit stays for a year'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION visit_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state NOT IN ('proposed',"
    " 'invited', 'confirmed', 'other_date', 'declined', 'under_way', 'done', 'missed', 'cancelled') THEN RAISE"
    " EXCEPTION 'unknown state of a visit' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER visit_state BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION visit_state()",
    "CREATE FUNCTION visit_passage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> NEW.state AND NOT ("
    "(OLD.state = 'proposed' AND NEW.state = 'invited') OR (OLD.state = 'proposed' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'proposed' AND NEW.state = 'cancelled') OR (OLD.state = 'invited' AND NEW.state = 'confirmed')"
    " OR (OLD.state = 'invited' AND NEW.state = 'other_date') OR (OLD.state = 'invited' AND NEW.state = 'declined')"
    " OR (OLD.state = 'invited' AND NEW.state = 'proposed') OR (OLD.state = 'invited' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'invited' AND NEW.state = 'missed') OR (OLD.state = 'invited' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'other_date') OR (OLD.state = 'confirmed' AND NEW.state = 'declined')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'proposed') OR (OLD.state = 'confirmed' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'confirmed' AND NEW.state = 'missed') OR (OLD.state = 'confirmed' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'confirmed') OR (OLD.state = 'other_date' AND NEW.state = 'declined')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'proposed') OR (OLD.state = 'other_date' AND NEW.state = 'under_way')"
    " OR (OLD.state = 'other_date' AND NEW.state = 'cancelled') OR (OLD.state = 'declined' AND NEW.state = 'confirmed')"
    " OR (OLD.state = 'declined' AND NEW.state = 'other_date') OR (OLD.state = 'declined' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'declined' AND NEW.state = 'under_way') OR (OLD.state = 'declined' AND NEW.state = 'cancelled')"
    " OR (OLD.state = 'under_way' AND NEW.state = 'done') OR (OLD.state = 'under_way' AND NEW.state = 'missed')"
    " OR (OLD.state = 'done' AND NEW.state = 'under_way') OR (OLD.state = 'missed' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'missed' AND NEW.state = 'under_way') OR (OLD.state = 'cancelled' AND NEW.state = 'proposed')"
    " OR (OLD.state = 'cancelled' AND NEW.state = 'under_way')"
    ") THEN RAISE EXCEPTION 'illegal passage of a visit' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER visit_passage BEFORE UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION visit_passage()",
    "CREATE FUNCTION visit_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> NEW.state AND NOT"
    " EXISTS (SELECT 1 FROM visitevent e WHERE e.visit_id = NEW.id AND e.before = OLD.state AND e.after ="
    " NEW.state) THEN RAISE EXCEPTION 'passage of a visit without its event' USING ERRCODE = 'check_violation'; END"
    " IF; RETURN NEW; END $$",
    "CREATE TRIGGER visit_written BEFORE UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION visit_written()",
    "CREATE FUNCTION visitevent_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.visit_id <> NEW.visit_id"
    " OR OLD.before <> NEW.before OR OLD.after <> NEW.after THEN RAISE EXCEPTION 'history of a visit is never"
    " changed' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER visitevent_kept BEFORE UPDATE ON visitevent FOR EACH ROW EXECUTE FUNCTION visitevent_kept()",
    "CREATE FUNCTION visitevent_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM visit"
    " v WHERE v.id = OLD.visit_id) THEN RAISE EXCEPTION 'history of a visit is never removed' USING ERRCODE ="
    " 'check_violation'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER visitevent_stays BEFORE DELETE ON visitevent FOR EACH ROW EXECUTE FUNCTION visitevent_stays()",
    "CREATE FUNCTION visit_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO visithold (visit, pair,"
    " since) VALUES (NEW.id, NEW.pair_id, clock_timestamp()); RETURN NULL; END $$",
    "CREATE TRIGGER visit_held_first AFTER INSERT ON visit FOR EACH ROW EXECUTE FUNCTION visit_held()",
    "CREATE TRIGGER visit_held_next AFTER UPDATE OF pair_id ON visit FOR EACH ROW WHEN (OLD.pair_id IS DISTINCT"
    " FROM NEW.pair_id) EXECUTE FUNCTION visit_held()",
    "CREATE FUNCTION visithold_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'who held a"
    " visit is never changed' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER visithold_kept BEFORE UPDATE OR DELETE ON visithold FOR EACH ROW EXECUTE FUNCTION"
    " visithold_kept()",
    "CREATE FUNCTION auditline_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a line of the"
    " audit is never changed' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER auditline_kept BEFORE UPDATE ON auditline FOR EACH ROW EXECUTE FUNCTION auditline_kept()",
    "CREATE FUNCTION auditline_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.at > now() - interval"
    " '366 days' THEN RAISE EXCEPTION 'a line of the audit stays for a year' USING ERRCODE = 'check_violation'; END"
    " IF; RETURN OLD; END $$",
    "CREATE TRIGGER auditline_stays BEFORE DELETE ON auditline FOR EACH ROW EXECUTE FUNCTION auditline_stays()",
    "CREATE FUNCTION auditline_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit is"
    " never emptied' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER auditline_whole BEFORE TRUNCATE ON auditline FOR EACH STATEMENT EXECUTE FUNCTION"
    " auditline_whole()",
]


async def make_the_triggers(apps, editor):
    sqlite = editor.client.capabilities.dialect == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    initial = True

    operations = [CreateModels(MODELS), ops.RunPython(make_the_triggers)]
