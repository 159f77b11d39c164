"""The database itself keeps the feed that tablets read (see tour/feed.py); indexes for what it asks."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SQLITE = [
    "CREATE TRIGGER feed_visit_own_changed AFTER UPDATE OF \"pair_id\", \"day\", \"start\", \"end\", \"drive_before_min\","
    " \"drive_after_min\", \"state\", \"arrived_at\", \"left_at\", \"met\", \"report\", \"site_id\" ON \"visit\" FOR EACH ROW WHEN"
    " (OLD.\"pair_id\" IS NOT NEW.\"pair_id\" OR OLD.\"day\" IS NOT NEW.\"day\" OR OLD.\"start\" IS NOT NEW.\"start\" OR"
    " OLD.\"end\" IS NOT NEW.\"end\" OR OLD.\"drive_before_min\" IS NOT NEW.\"drive_before_min\" OR OLD.\"drive_after_min\" IS"
    " NOT NEW.\"drive_after_min\" OR OLD.\"state\" IS NOT NEW.\"state\" OR OLD.\"arrived_at\" IS NOT NEW.\"arrived_at\" OR"
    " OLD.\"left_at\" IS NOT NEW.\"left_at\" OR OLD.\"met\" IS NOT NEW.\"met\" OR OLD.\"report\" IS NOT NEW.\"report\" OR"
    " OLD.\"site_id\" IS NOT NEW.\"site_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO"
    " document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) ||"
    " '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),"
    " 'visit', x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION"
    " SELECT OLD.id UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version"
    " = excluded.version; END",
    "CREATE TRIGGER feed_visit_own_came AFTER INSERT ON \"visit\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_own_left AFTER DELETE ON \"visit\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_site_changed AFTER UPDATE OF \"name\", \"address\", \"postcode\", \"commune\", \"lat\", \"lon\","
    " \"phone\", \"staff\", \"access\", \"opening_hours\", \"manager_id\" ON \"site\" FOR EACH ROW WHEN (OLD.\"name\" IS NOT"
    " NEW.\"name\" OR OLD.\"address\" IS NOT NEW.\"address\" OR OLD.\"postcode\" IS NOT NEW.\"postcode\" OR OLD.\"commune\" IS"
    " NOT NEW.\"commune\" OR OLD.\"lat\" IS NOT NEW.\"lat\" OR OLD.\"lon\" IS NOT NEW.\"lon\" OR OLD.\"phone\" IS NOT"
    " NEW.\"phone\" OR OLD.\"staff\" IS NOT NEW.\"staff\" OR OLD.\"access\" IS NOT NEW.\"access\" OR OLD.\"opening_hours\" IS"
    " NOT NEW.\"opening_hours\" OR OLD.\"manager_id\" IS NOT NEW.\"manager_id\") BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0 WHERE t0.\"site_id\""
    " = OLD.\"id\" UNION SELECT t0.id FROM \"visit\" t0 WHERE t0.\"site_id\" = NEW.\"id\") x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_site__manager_changed AFTER UPDATE OF \"name\", \"phone\", \"email\" ON \"sitemanager\" FOR"
    " EACH ROW WHEN (OLD.\"name\" IS NOT NEW.\"name\" OR OLD.\"phone\" IS NOT NEW.\"phone\" OR OLD.\"email\" IS NOT"
    " NEW.\"email\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"manager_id\" = OLD.\"id\" UNION SELECT"
    " t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"manager_id\" = NEW.\"id\") x WHERE x.doc IS"
    " NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_site__ambassadors_changed AFTER UPDATE OF \"name\", \"phone\", \"site_id\" ON \"ambassador\""
    " FOR EACH ROW WHEN (OLD.\"name\" IS NOT NEW.\"name\" OR OLD.\"phone\" IS NOT NEW.\"phone\" OR OLD.\"site_id\" IS NOT"
    " NEW.\"site_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"id\" = OLD.\"site_id\" UNION SELECT t0.id"
    " FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"id\" = NEW.\"site_id\") x WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_site__ambassadors_came AFTER INSERT ON \"ambassador\" FOR EACH ROW BEGIN UPDATE"
    " feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps)"
    " SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE"
    " t0.\"site_id\" = t1.\"id\" AND t1.\"id\" = NEW.\"site_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO"
    " UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_site__ambassadors_left AFTER DELETE ON \"ambassador\" FOR EACH ROW BEGIN UPDATE"
    " feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps)"
    " SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE"
    " t0.\"site_id\" = t1.\"id\" AND t1.\"id\" = OLD.\"site_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO"
    " UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_more_changed AFTER UPDATE OF \"met_managers\", \"met_ambassadors\", \"demonstrations\","
    " \"themes\", \"autonomy\", \"duration_min\", \"equipment\", \"referral\", \"referral_to\", \"visit_id\" ON \"visitreport\" FOR"
    " EACH ROW WHEN (OLD.\"met_managers\" IS NOT NEW.\"met_managers\" OR OLD.\"met_ambassadors\" IS NOT"
    " NEW.\"met_ambassadors\" OR OLD.\"demonstrations\" IS NOT NEW.\"demonstrations\" OR OLD.\"themes\" IS NOT NEW.\"themes\""
    " OR OLD.\"autonomy\" IS NOT NEW.\"autonomy\" OR OLD.\"duration_min\" IS NOT NEW.\"duration_min\" OR OLD.\"equipment\" IS"
    " NOT NEW.\"equipment\" OR OLD.\"referral\" IS NOT NEW.\"referral\" OR OLD.\"referral_to\" IS NOT NEW.\"referral_to\" OR"
    " OLD.\"visit_id\" IS NOT NEW.\"visit_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO"
    " document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) ||"
    " '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),"
    " 'visit', x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION"
    " SELECT OLD.\"visit_id\" UNION SELECT NEW.\"visit_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO"
    " UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_more_came AFTER INSERT ON \"visitreport\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_more_left AFTER DELETE ON \"visitreport\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_reception_changed AFTER UPDATE OF \"access\", \"room\", \"expected\", \"ambassador\", \"by\","
    " \"items\", \"visit_id\" ON \"welcome\" FOR EACH ROW WHEN (OLD.\"access\" IS NOT NEW.\"access\" OR OLD.\"room\" IS NOT"
    " NEW.\"room\" OR OLD.\"expected\" IS NOT NEW.\"expected\" OR OLD.\"ambassador\" IS NOT NEW.\"ambassador\" OR OLD.\"by\" IS"
    " NOT NEW.\"by\" OR OLD.\"items\" IS NOT NEW.\"items\" OR OLD.\"visit_id\" IS NOT NEW.\"visit_id\") BEGIN UPDATE"
    " feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps)"
    " SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"visit_id\" UNION SELECT"
    " NEW.\"visit_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version;"
    " END",
    "CREATE TRIGGER feed_visit_reception_came AFTER INSERT ON \"welcome\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_reception_left AFTER DELETE ON \"welcome\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_announcements_changed AFTER UPDATE OF \"text\", \"name\", \"state\", \"created_at\", \"visit_id\","
    " \"item_id\" ON \"hint\" FOR EACH ROW WHEN (OLD.\"text\" IS NOT NEW.\"text\" OR OLD.\"name\" IS NOT NEW.\"name\" OR"
    " OLD.\"state\" IS NOT NEW.\"state\" OR OLD.\"created_at\" IS NOT NEW.\"created_at\" OR OLD.\"visit_id\" IS NOT"
    " NEW.\"visit_id\" OR OLD.\"item_id\" IS NOT NEW.\"item_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id"
    " = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' ||"
    " hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' ||"
    " hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS"
    " doc WHERE false UNION SELECT OLD.\"visit_id\" UNION SELECT NEW.\"visit_id\") x WHERE x.doc IS NOT NULL ON CONFLICT"
    " (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_announcements_came AFTER INSERT ON \"hint\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_announcements_left AFTER DELETE ON \"hint\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"visit_id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_announcements__item_changed AFTER UPDATE OF \"name\" ON \"item\" FOR EACH ROW WHEN (OLD.\"name\" IS"
    " NOT NEW.\"name\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"visit\" t0, \"hint\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND t1.\"item_id\" = OLD.\"id\" UNION SELECT t0.id"
    " FROM \"visit\" t0, \"hint\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND t1.\"item_id\" = NEW.\"id\") x WHERE x.doc IS NOT"
    " NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_expected_item_changed AFTER UPDATE OF \"ref\", \"name\" ON \"item\" FOR EACH ROW WHEN"
    " (OLD.\"ref\" IS NOT NEW.\"ref\" OR OLD.\"name\" IS NOT NEW.\"name\") BEGIN UPDATE feedcounter SET value = value + 1"
    " WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-'"
    " || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-'"
    " || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL"
    " AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0, \"welcome\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND EXISTS"
    " (SELECT 1 FROM json_each(t1.\"items\") j WHERE j.value = OLD.\"ref\") UNION SELECT t0.id FROM \"visit\" t0,"
    " \"welcome\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND EXISTS (SELECT 1 FROM json_each(t1.\"items\") j WHERE j.value ="
    " NEW.\"ref\")) x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_expected_item_came AFTER INSERT ON \"item\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0, \"welcome\" t1"
    " WHERE t0.\"id\" = t1.\"visit_id\" AND EXISTS (SELECT 1 FROM json_each(t1.\"items\") j WHERE j.value = NEW.\"ref\")) x"
    " WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_visit_expected_item_left AFTER DELETE ON \"item\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'visit', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"visit\" t0, \"welcome\" t1"
    " WHERE t0.\"id\" = t1.\"visit_id\" AND EXISTS (SELECT 1 FROM json_each(t1.\"items\") j WHERE j.value = OLD.\"ref\")) x"
    " WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_own_changed AFTER UPDATE OF \"kind\", \"text\", \"urgency\", \"requester\", \"asset\","
    " \"answers\", \"item_version\", \"state\", \"withdrawn\", \"recorded_at\", \"news\", \"site_id\", \"visit_id\", \"item_id\" ON"
    " \"need\" FOR EACH ROW WHEN (OLD.\"kind\" IS NOT NEW.\"kind\" OR OLD.\"text\" IS NOT NEW.\"text\" OR OLD.\"urgency\" IS NOT"
    " NEW.\"urgency\" OR OLD.\"requester\" IS NOT NEW.\"requester\" OR OLD.\"asset\" IS NOT NEW.\"asset\" OR OLD.\"answers\" IS"
    " NOT NEW.\"answers\" OR OLD.\"item_version\" IS NOT NEW.\"item_version\" OR OLD.\"state\" IS NOT NEW.\"state\" OR"
    " OLD.\"withdrawn\" IS NOT NEW.\"withdrawn\" OR OLD.\"recorded_at\" IS NOT NEW.\"recorded_at\" OR OLD.\"news\" IS NOT"
    " NEW.\"news\" OR OLD.\"site_id\" IS NOT NEW.\"site_id\" OR OLD.\"visit_id\" IS NOT NEW.\"visit_id\" OR OLD.\"item_id\" IS"
    " NOT NEW.\"item_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id,"
    " kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " OLD.id UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version ="
    " excluded.version; END",
    "CREATE TRIGGER feed_need_own_came AFTER INSERT ON \"need\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_own_left AFTER DELETE ON \"need\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_site_changed AFTER UPDATE OF \"name\" ON \"site\" FOR EACH ROW WHEN (OLD.\"name\" IS NOT"
    " NEW.\"name\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"need\" t0 WHERE t0.\"site_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"site_id\" ="
    " NEW.\"id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_visit_changed AFTER UPDATE OF \"day\" ON \"visit\" FOR EACH ROW WHEN (OLD.\"day\" IS NOT"
    " NEW.\"day\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"need\" t0 WHERE t0.\"visit_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"visit_id\" ="
    " NEW.\"id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_item_changed AFTER UPDATE OF \"name\" ON \"item\" FOR EACH ROW WHEN (OLD.\"name\" IS NOT"
    " NEW.\"name\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\" ="
    " NEW.\"id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_ticket_changed AFTER UPDATE OF \"desk\", \"to_bring\", \"need_id\" ON \"ticket\" FOR EACH ROW"
    " WHEN (OLD.\"desk\" IS NOT NEW.\"desk\" OR OLD.\"to_bring\" IS NOT NEW.\"to_bring\" OR OLD.\"need_id\" IS NOT"
    " NEW.\"need_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " OLD.\"need_id\" UNION SELECT NEW.\"need_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET"
    " version = excluded.version; END",
    "CREATE TRIGGER feed_need_ticket_came AFTER INSERT ON \"ticket\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.\"need_id\") x WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_ticket_left AFTER DELETE ON \"ticket\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"need_id\") x WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_photos_changed AFTER UPDATE OF \"place\", \"caption\", \"brought\", \"need_id\", \"photo_id\" ON"
    " \"needphoto\" FOR EACH ROW WHEN (OLD.\"place\" IS NOT NEW.\"place\" OR OLD.\"caption\" IS NOT NEW.\"caption\" OR"
    " OLD.\"brought\" IS NOT NEW.\"brought\" OR OLD.\"need_id\" IS NOT NEW.\"need_id\" OR OLD.\"photo_id\" IS NOT"
    " NEW.\"photo_id\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind,"
    " doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " OLD.\"need_id\" UNION SELECT NEW.\"need_id\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET"
    " version = excluded.version; END",
    "CREATE TRIGGER feed_need_photos_came AFTER INSERT ON \"needphoto\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.\"need_id\") x WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_photos_left AFTER DELETE ON \"needphoto\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.\"need_id\") x WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_photos__photo_changed AFTER UPDATE OF \"size\", \"state\" ON \"photo\" FOR EACH ROW WHEN"
    " (OLD.\"size\" IS NOT NEW.\"size\" OR OLD.\"state\" IS NOT NEW.\"state\") BEGIN UPDATE feedcounter SET value = value +"
    " 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) ||"
    " '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) ||"
    " '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT"
    " NULL AS doc WHERE false UNION SELECT t0.id FROM \"need\" t0, \"needphoto\" t1 WHERE t0.\"id\" = t1.\"need_id\" AND"
    " t1.\"photo_id\" = OLD.\"sha256\" UNION SELECT t0.id FROM \"need\" t0, \"needphoto\" t1 WHERE t0.\"id\" = t1.\"need_id\""
    " AND t1.\"photo_id\" = NEW.\"sha256\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version ="
    " excluded.version; END",
    "CREATE TRIGGER feed_need_questions_changed AFTER UPDATE OF \"item_id\", \"version\", \"questions\" ON \"itemversion\""
    " FOR EACH ROW WHEN (OLD.\"item_id\" IS NOT NEW.\"item_id\" OR OLD.\"version\" IS NOT NEW.\"version\" OR OLD.\"questions\""
    " IS NOT NEW.\"questions\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id,"
    " kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = OLD.\"item_id\" AND t0.\"item_version\" = OLD.\"version\" UNION SELECT"
    " t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = NEW.\"item_id\" AND t0.\"item_version\" = NEW.\"version\") x WHERE x.doc"
    " IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_questions_came AFTER INSERT ON \"itemversion\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\""
    " = NEW.\"item_id\" AND t0.\"item_version\" = NEW.\"version\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO"
    " UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_need_questions_left AFTER DELETE ON \"itemversion\" FOR EACH ROW BEGIN UPDATE feedcounter SET"
    " value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'need', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\""
    " = OLD.\"item_id\" AND t0.\"item_version\" = OLD.\"version\") x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO"
    " UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_item_own_changed AFTER UPDATE OF \"ref\", \"space\", \"kind\", \"name\", \"description\","
    " \"delay_days\", \"position\", \"keywords\", \"synonyms\", \"availability\", \"picture\", \"version\", \"questions\", \"active\""
    " ON \"item\" FOR EACH ROW WHEN (OLD.\"ref\" IS NOT NEW.\"ref\" OR OLD.\"space\" IS NOT NEW.\"space\" OR OLD.\"kind\" IS NOT"
    " NEW.\"kind\" OR OLD.\"name\" IS NOT NEW.\"name\" OR OLD.\"description\" IS NOT NEW.\"description\" OR OLD.\"delay_days\""
    " IS NOT NEW.\"delay_days\" OR OLD.\"position\" IS NOT NEW.\"position\" OR OLD.\"keywords\" IS NOT NEW.\"keywords\" OR"
    " OLD.\"synonyms\" IS NOT NEW.\"synonyms\" OR OLD.\"availability\" IS NOT NEW.\"availability\" OR OLD.\"picture\" IS NOT"
    " NEW.\"picture\" OR OLD.\"version\" IS NOT NEW.\"version\" OR OLD.\"questions\" IS NOT NEW.\"questions\" OR OLD.\"active\""
    " IS NOT NEW.\"active\") BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id,"
    " kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'item',"
    " x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT"
    " OLD.id UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version ="
    " excluded.version; END",
    "CREATE TRIGGER feed_item_own_came AFTER INSERT ON \"item\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'item', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_item_own_left AFTER DELETE ON \"item\" FOR EACH ROW BEGIN UPDATE feedcounter SET value ="
    " value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version, stamps) SELECT"
    " lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||"
    " substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), 'item', x.doc, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.id) x WHERE x.doc IS NOT NULL ON"
    " CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_journal_changed AFTER UPDATE OF \"outcome\" ON \"change\" FOR EACH ROW WHEN (OLD.\"outcome\" IS"
    " NOT NEW.\"outcome\") AND NEW.outcome = 'applied' BEGIN UPDATE feedcounter SET value = value + 1 WHERE id = 1;"
    " INSERT INTO document (id, kind, doc_id, version, stamps) SELECT lower(hex(randomblob(4)) || '-' ||"
    " hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' ||"
    " hex(randomblob(6))), NEW.kind, x.doc, (SELECT value FROM feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS"
    " doc WHERE false UNION SELECT OLD.doc UNION SELECT NEW.doc) x WHERE x.doc IS NOT NULL ON CONFLICT (kind,"
    " doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_journal_came AFTER INSERT ON \"change\" FOR EACH ROW WHEN NEW.outcome = 'applied' BEGIN"
    " UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version,"
    " stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)"
    " || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), NEW.kind, x.doc, (SELECT value FROM"
    " feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT NEW.doc) x WHERE x.doc IS"
    " NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
    "CREATE TRIGGER feed_journal_left AFTER DELETE ON \"change\" FOR EACH ROW WHEN OLD.outcome = 'applied' BEGIN"
    " UPDATE feedcounter SET value = value + 1 WHERE id = 1; INSERT INTO document (id, kind, doc_id, version,"
    " stamps) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)"
    " || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), OLD.kind, x.doc, (SELECT value FROM"
    " feedcounter WHERE id = 1), '{}' FROM (SELECT NULL AS doc WHERE false UNION SELECT OLD.doc) x WHERE x.doc IS"
    " NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END",
]
POSTGRESQL = [
    "CREATE FUNCTION feed_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF"
    " coalesce(current_setting('tour.feed', true), '') = '' THEN PERFORM 1 FROM feedcounter WHERE id = 1 FOR UPDATE;"
    " END IF; RETURN NULL; END $$",
    "CREATE FUNCTION feed_touch(of_kind text, docs uuid[]) RETURNS void LANGUAGE plpgsql AS $$ DECLARE taken bigint"
    " := nullif(current_setting('tour.feed', true), '')::bigint; BEGIN IF cardinality(docs) = 0 THEN RETURN; END IF;"
    " IF taken IS NULL THEN UPDATE feedcounter SET value = value + 1 WHERE id = 1 RETURNING value INTO taken;"
    " PERFORM set_config('tour.feed', taken::text, true); END IF; INSERT INTO document (id, kind, doc_id, version,"
    " stamps) SELECT gen_random_uuid(), of_kind, x.doc, taken, '{}' FROM unnest(docs) x(doc) WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version WHERE document.version < excluded.version;"
    " END $$",
    "CREATE FUNCTION feed_visit_own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('visit',"
    " ARRAY(SELECT OLD.id UNION SELECT NEW.id)); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_own_first BEFORE UPDATE OF \"pair_id\", \"day\", \"start\", \"end\", \"drive_before_min\","
    " \"drive_after_min\", \"state\", \"arrived_at\", \"left_at\", \"met\", \"report\", \"site_id\" OR INSERT OR DELETE ON \"visit\""
    " FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_own_changed AFTER UPDATE OF \"pair_id\", \"day\", \"start\", \"end\", \"drive_before_min\","
    " \"drive_after_min\", \"state\", \"arrived_at\", \"left_at\", \"met\", \"report\", \"site_id\" ON \"visit\" FOR EACH ROW WHEN"
    " (OLD.\"pair_id\" IS DISTINCT FROM NEW.\"pair_id\" OR OLD.\"day\" IS DISTINCT FROM NEW.\"day\" OR OLD.\"start\" IS"
    " DISTINCT FROM NEW.\"start\" OR OLD.\"end\" IS DISTINCT FROM NEW.\"end\" OR OLD.\"drive_before_min\" IS DISTINCT FROM"
    " NEW.\"drive_before_min\" OR OLD.\"drive_after_min\" IS DISTINCT FROM NEW.\"drive_after_min\" OR OLD.\"state\" IS"
    " DISTINCT FROM NEW.\"state\" OR OLD.\"arrived_at\" IS DISTINCT FROM NEW.\"arrived_at\" OR OLD.\"left_at\" IS DISTINCT"
    " FROM NEW.\"left_at\" OR OLD.\"met\" IS DISTINCT FROM NEW.\"met\" OR OLD.\"report\" IS DISTINCT FROM NEW.\"report\" OR"
    " OLD.\"site_id\" IS DISTINCT FROM NEW.\"site_id\") EXECUTE FUNCTION feed_visit_own()",
    "CREATE TRIGGER feed_visit_own_moved AFTER INSERT OR DELETE ON \"visit\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_visit_own()",
    "CREATE FUNCTION feed_visit_site() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('visit',"
    " ARRAY(SELECT t0.id FROM \"visit\" t0 WHERE t0.\"site_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"visit\" t0 WHERE"
    " t0.\"site_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_site_first BEFORE UPDATE OF \"name\", \"address\", \"postcode\", \"commune\", \"lat\", \"lon\","
    " \"phone\", \"staff\", \"access\", \"opening_hours\", \"manager_id\" ON \"site\" FOR EACH STATEMENT EXECUTE FUNCTION"
    " feed_lock()",
    "CREATE TRIGGER feed_visit_site_changed AFTER UPDATE OF \"name\", \"address\", \"postcode\", \"commune\", \"lat\", \"lon\","
    " \"phone\", \"staff\", \"access\", \"opening_hours\", \"manager_id\" ON \"site\" FOR EACH ROW WHEN (OLD.\"name\" IS DISTINCT"
    " FROM NEW.\"name\" OR OLD.\"address\" IS DISTINCT FROM NEW.\"address\" OR OLD.\"postcode\" IS DISTINCT FROM"
    " NEW.\"postcode\" OR OLD.\"commune\" IS DISTINCT FROM NEW.\"commune\" OR OLD.\"lat\" IS DISTINCT FROM NEW.\"lat\" OR"
    " OLD.\"lon\" IS DISTINCT FROM NEW.\"lon\" OR OLD.\"phone\" IS DISTINCT FROM NEW.\"phone\" OR OLD.\"staff\" IS DISTINCT"
    " FROM NEW.\"staff\" OR OLD.\"access\" IS DISTINCT FROM NEW.\"access\" OR OLD.\"opening_hours\" IS DISTINCT FROM"
    " NEW.\"opening_hours\" OR OLD.\"manager_id\" IS DISTINCT FROM NEW.\"manager_id\") EXECUTE FUNCTION feed_visit_site()",
    "CREATE FUNCTION feed_visit_site__manager() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
    " feed_touch('visit', ARRAY(SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND"
    " t1.\"manager_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND"
    " t1.\"manager_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_site__manager_first BEFORE UPDATE OF \"name\", \"phone\", \"email\" ON \"sitemanager\" FOR"
    " EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_site__manager_changed AFTER UPDATE OF \"name\", \"phone\", \"email\" ON \"sitemanager\" FOR"
    " EACH ROW WHEN (OLD.\"name\" IS DISTINCT FROM NEW.\"name\" OR OLD.\"phone\" IS DISTINCT FROM NEW.\"phone\" OR"
    " OLD.\"email\" IS DISTINCT FROM NEW.\"email\") EXECUTE FUNCTION feed_visit_site__manager()",
    "CREATE FUNCTION feed_visit_site__ambassadors() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
    " feed_touch('visit', ARRAY(SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"id\" ="
    " OLD.\"site_id\" UNION SELECT t0.id FROM \"visit\" t0, \"site\" t1 WHERE t0.\"site_id\" = t1.\"id\" AND t1.\"id\" ="
    " NEW.\"site_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_site__ambassadors_first BEFORE UPDATE OF \"name\", \"phone\", \"site_id\" OR INSERT OR"
    " DELETE ON \"ambassador\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_site__ambassadors_changed AFTER UPDATE OF \"name\", \"phone\", \"site_id\" ON \"ambassador\""
    " FOR EACH ROW WHEN (OLD.\"name\" IS DISTINCT FROM NEW.\"name\" OR OLD.\"phone\" IS DISTINCT FROM NEW.\"phone\" OR"
    " OLD.\"site_id\" IS DISTINCT FROM NEW.\"site_id\") EXECUTE FUNCTION feed_visit_site__ambassadors()",
    "CREATE TRIGGER feed_visit_site__ambassadors_moved AFTER INSERT OR DELETE ON \"ambassador\" FOR EACH ROW EXECUTE"
    " FUNCTION feed_visit_site__ambassadors()",
    "CREATE FUNCTION feed_visit_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('visit',"
    " ARRAY(SELECT OLD.\"visit_id\" UNION SELECT NEW.\"visit_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_more_first BEFORE UPDATE OF \"met_managers\", \"met_ambassadors\", \"demonstrations\","
    " \"themes\", \"autonomy\", \"duration_min\", \"equipment\", \"referral\", \"referral_to\", \"visit_id\" OR INSERT OR DELETE"
    " ON \"visitreport\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_more_changed AFTER UPDATE OF \"met_managers\", \"met_ambassadors\", \"demonstrations\","
    " \"themes\", \"autonomy\", \"duration_min\", \"equipment\", \"referral\", \"referral_to\", \"visit_id\" ON \"visitreport\" FOR"
    " EACH ROW WHEN (OLD.\"met_managers\" IS DISTINCT FROM NEW.\"met_managers\" OR OLD.\"met_ambassadors\" IS DISTINCT"
    " FROM NEW.\"met_ambassadors\" OR OLD.\"demonstrations\" IS DISTINCT FROM NEW.\"demonstrations\" OR OLD.\"themes\" IS"
    " DISTINCT FROM NEW.\"themes\" OR OLD.\"autonomy\" IS DISTINCT FROM NEW.\"autonomy\" OR OLD.\"duration_min\" IS DISTINCT"
    " FROM NEW.\"duration_min\" OR OLD.\"equipment\" IS DISTINCT FROM NEW.\"equipment\" OR OLD.\"referral\" IS DISTINCT FROM"
    " NEW.\"referral\" OR OLD.\"referral_to\" IS DISTINCT FROM NEW.\"referral_to\" OR OLD.\"visit_id\" IS DISTINCT FROM"
    " NEW.\"visit_id\") EXECUTE FUNCTION feed_visit_more()",
    "CREATE TRIGGER feed_visit_more_moved AFTER INSERT OR DELETE ON \"visitreport\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_visit_more()",
    "CREATE FUNCTION feed_visit_reception() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('visit',"
    " ARRAY(SELECT OLD.\"visit_id\" UNION SELECT NEW.\"visit_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_reception_first BEFORE UPDATE OF \"access\", \"room\", \"expected\", \"ambassador\", \"by\","
    " \"items\", \"visit_id\" OR INSERT OR DELETE ON \"welcome\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_reception_changed AFTER UPDATE OF \"access\", \"room\", \"expected\", \"ambassador\", \"by\","
    " \"items\", \"visit_id\" ON \"welcome\" FOR EACH ROW WHEN (OLD.\"access\" IS DISTINCT FROM NEW.\"access\" OR OLD.\"room\""
    " IS DISTINCT FROM NEW.\"room\" OR OLD.\"expected\" IS DISTINCT FROM NEW.\"expected\" OR OLD.\"ambassador\" IS DISTINCT"
    " FROM NEW.\"ambassador\" OR OLD.\"by\" IS DISTINCT FROM NEW.\"by\" OR OLD.\"items\" IS DISTINCT FROM NEW.\"items\" OR"
    " OLD.\"visit_id\" IS DISTINCT FROM NEW.\"visit_id\") EXECUTE FUNCTION feed_visit_reception()",
    "CREATE TRIGGER feed_visit_reception_moved AFTER INSERT OR DELETE ON \"welcome\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_visit_reception()",
    "CREATE FUNCTION feed_visit_announcements() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('visit',"
    " ARRAY(SELECT OLD.\"visit_id\" UNION SELECT NEW.\"visit_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_announcements_first BEFORE UPDATE OF \"text\", \"name\", \"state\", \"created_at\", \"visit_id\","
    " \"item_id\" OR INSERT OR DELETE ON \"hint\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_announcements_changed AFTER UPDATE OF \"text\", \"name\", \"state\", \"created_at\", \"visit_id\","
    " \"item_id\" ON \"hint\" FOR EACH ROW WHEN (OLD.\"text\" IS DISTINCT FROM NEW.\"text\" OR OLD.\"name\" IS DISTINCT FROM"
    " NEW.\"name\" OR OLD.\"state\" IS DISTINCT FROM NEW.\"state\" OR OLD.\"created_at\" IS DISTINCT FROM NEW.\"created_at\""
    " OR OLD.\"visit_id\" IS DISTINCT FROM NEW.\"visit_id\" OR OLD.\"item_id\" IS DISTINCT FROM NEW.\"item_id\") EXECUTE"
    " FUNCTION feed_visit_announcements()",
    "CREATE TRIGGER feed_visit_announcements_moved AFTER INSERT OR DELETE ON \"hint\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_visit_announcements()",
    "CREATE FUNCTION feed_visit_announcements__item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
    " feed_touch('visit', ARRAY(SELECT t0.id FROM \"visit\" t0, \"hint\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND"
    " t1.\"item_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"visit\" t0, \"hint\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND"
    " t1.\"item_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_announcements__item_first BEFORE UPDATE OF \"name\" ON \"item\" FOR EACH STATEMENT EXECUTE"
    " FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_announcements__item_changed AFTER UPDATE OF \"name\" ON \"item\" FOR EACH ROW WHEN (OLD.\"name\" IS"
    " DISTINCT FROM NEW.\"name\") EXECUTE FUNCTION feed_visit_announcements__item()",
    "CREATE FUNCTION feed_visit_expected_item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
    " feed_touch('visit', ARRAY(SELECT t0.id FROM \"visit\" t0, \"welcome\" t1 WHERE t0.\"id\" = t1.\"visit_id\" AND"
    " t1.\"items\" @> to_jsonb(OLD.\"ref\") UNION SELECT t0.id FROM \"visit\" t0, \"welcome\" t1 WHERE t0.\"id\" ="
    " t1.\"visit_id\" AND t1.\"items\" @> to_jsonb(NEW.\"ref\"))); RETURN NULL; END $$",
    "CREATE TRIGGER feed_visit_expected_item_first BEFORE UPDATE OF \"ref\", \"name\" OR INSERT OR DELETE ON \"item\" FOR"
    " EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_visit_expected_item_changed AFTER UPDATE OF \"ref\", \"name\" ON \"item\" FOR EACH ROW WHEN"
    " (OLD.\"ref\" IS DISTINCT FROM NEW.\"ref\" OR OLD.\"name\" IS DISTINCT FROM NEW.\"name\") EXECUTE FUNCTION"
    " feed_visit_expected_item()",
    "CREATE TRIGGER feed_visit_expected_item_moved AFTER INSERT OR DELETE ON \"item\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_visit_expected_item()",
    "CREATE FUNCTION feed_need_own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT OLD.id UNION SELECT NEW.id)); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_own_first BEFORE UPDATE OF \"kind\", \"text\", \"urgency\", \"requester\", \"asset\", \"answers\","
    " \"item_version\", \"state\", \"withdrawn\", \"recorded_at\", \"news\", \"site_id\", \"visit_id\", \"item_id\" OR INSERT OR"
    " DELETE ON \"need\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_need_own_changed AFTER UPDATE OF \"kind\", \"text\", \"urgency\", \"requester\", \"asset\","
    " \"answers\", \"item_version\", \"state\", \"withdrawn\", \"recorded_at\", \"news\", \"site_id\", \"visit_id\", \"item_id\" ON"
    " \"need\" FOR EACH ROW WHEN (OLD.\"kind\" IS DISTINCT FROM NEW.\"kind\" OR OLD.\"text\" IS DISTINCT FROM NEW.\"text\" OR"
    " OLD.\"urgency\" IS DISTINCT FROM NEW.\"urgency\" OR OLD.\"requester\" IS DISTINCT FROM NEW.\"requester\" OR"
    " OLD.\"asset\" IS DISTINCT FROM NEW.\"asset\" OR OLD.\"answers\" IS DISTINCT FROM NEW.\"answers\" OR OLD.\"item_version\""
    " IS DISTINCT FROM NEW.\"item_version\" OR OLD.\"state\" IS DISTINCT FROM NEW.\"state\" OR OLD.\"withdrawn\" IS DISTINCT"
    " FROM NEW.\"withdrawn\" OR OLD.\"recorded_at\" IS DISTINCT FROM NEW.\"recorded_at\" OR OLD.\"news\" IS DISTINCT FROM"
    " NEW.\"news\" OR OLD.\"site_id\" IS DISTINCT FROM NEW.\"site_id\" OR OLD.\"visit_id\" IS DISTINCT FROM NEW.\"visit_id\""
    " OR OLD.\"item_id\" IS DISTINCT FROM NEW.\"item_id\") EXECUTE FUNCTION feed_need_own()",
    "CREATE TRIGGER feed_need_own_moved AFTER INSERT OR DELETE ON \"need\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_need_own()",
    "CREATE FUNCTION feed_need_site() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT t0.id FROM \"need\" t0 WHERE t0.\"site_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE"
    " t0.\"site_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_site_first BEFORE UPDATE OF \"name\" ON \"site\" FOR EACH STATEMENT EXECUTE FUNCTION"
    " feed_lock()",
    "CREATE TRIGGER feed_need_site_changed AFTER UPDATE OF \"name\" ON \"site\" FOR EACH ROW WHEN (OLD.\"name\" IS"
    " DISTINCT FROM NEW.\"name\") EXECUTE FUNCTION feed_need_site()",
    "CREATE FUNCTION feed_need_visit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT t0.id FROM \"need\" t0 WHERE t0.\"visit_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE"
    " t0.\"visit_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_visit_first BEFORE UPDATE OF \"day\" ON \"visit\" FOR EACH STATEMENT EXECUTE FUNCTION"
    " feed_lock()",
    "CREATE TRIGGER feed_need_visit_changed AFTER UPDATE OF \"day\" ON \"visit\" FOR EACH ROW WHEN (OLD.\"day\" IS"
    " DISTINCT FROM NEW.\"day\") EXECUTE FUNCTION feed_need_visit()",
    "CREATE FUNCTION feed_need_item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = OLD.\"id\" UNION SELECT t0.id FROM \"need\" t0 WHERE"
    " t0.\"item_id\" = NEW.\"id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_item_first BEFORE UPDATE OF \"name\" ON \"item\" FOR EACH STATEMENT EXECUTE FUNCTION"
    " feed_lock()",
    "CREATE TRIGGER feed_need_item_changed AFTER UPDATE OF \"name\" ON \"item\" FOR EACH ROW WHEN (OLD.\"name\" IS"
    " DISTINCT FROM NEW.\"name\") EXECUTE FUNCTION feed_need_item()",
    "CREATE FUNCTION feed_need_ticket() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT OLD.\"need_id\" UNION SELECT NEW.\"need_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_ticket_first BEFORE UPDATE OF \"desk\", \"to_bring\", \"need_id\" OR INSERT OR DELETE ON"
    " \"ticket\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_need_ticket_changed AFTER UPDATE OF \"desk\", \"to_bring\", \"need_id\" ON \"ticket\" FOR EACH ROW"
    " WHEN (OLD.\"desk\" IS DISTINCT FROM NEW.\"desk\" OR OLD.\"to_bring\" IS DISTINCT FROM NEW.\"to_bring\" OR"
    " OLD.\"need_id\" IS DISTINCT FROM NEW.\"need_id\") EXECUTE FUNCTION feed_need_ticket()",
    "CREATE TRIGGER feed_need_ticket_moved AFTER INSERT OR DELETE ON \"ticket\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_need_ticket()",
    "CREATE FUNCTION feed_need_photos() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT OLD.\"need_id\" UNION SELECT NEW.\"need_id\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_photos_first BEFORE UPDATE OF \"place\", \"caption\", \"brought\", \"need_id\", \"photo_id\" OR"
    " INSERT OR DELETE ON \"needphoto\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_need_photos_changed AFTER UPDATE OF \"place\", \"caption\", \"brought\", \"need_id\", \"photo_id\" ON"
    " \"needphoto\" FOR EACH ROW WHEN (OLD.\"place\" IS DISTINCT FROM NEW.\"place\" OR OLD.\"caption\" IS DISTINCT FROM"
    " NEW.\"caption\" OR OLD.\"brought\" IS DISTINCT FROM NEW.\"brought\" OR OLD.\"need_id\" IS DISTINCT FROM NEW.\"need_id\""
    " OR OLD.\"photo_id\" IS DISTINCT FROM NEW.\"photo_id\") EXECUTE FUNCTION feed_need_photos()",
    "CREATE TRIGGER feed_need_photos_moved AFTER INSERT OR DELETE ON \"needphoto\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_need_photos()",
    "CREATE FUNCTION feed_need_photos__photo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
    " feed_touch('need', ARRAY(SELECT t0.id FROM \"need\" t0, \"needphoto\" t1 WHERE t0.\"id\" = t1.\"need_id\" AND"
    " t1.\"photo_id\" = OLD.\"sha256\" UNION SELECT t0.id FROM \"need\" t0, \"needphoto\" t1 WHERE t0.\"id\" = t1.\"need_id\""
    " AND t1.\"photo_id\" = NEW.\"sha256\")); RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_photos__photo_first BEFORE UPDATE OF \"size\", \"state\" ON \"photo\" FOR EACH STATEMENT"
    " EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_need_photos__photo_changed AFTER UPDATE OF \"size\", \"state\" ON \"photo\" FOR EACH ROW WHEN"
    " (OLD.\"size\" IS DISTINCT FROM NEW.\"size\" OR OLD.\"state\" IS DISTINCT FROM NEW.\"state\") EXECUTE FUNCTION"
    " feed_need_photos__photo()",
    "CREATE FUNCTION feed_need_questions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('need',"
    " ARRAY(SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = OLD.\"item_id\" AND t0.\"item_version\" = OLD.\"version\""
    " UNION SELECT t0.id FROM \"need\" t0 WHERE t0.\"item_id\" = NEW.\"item_id\" AND t0.\"item_version\" = NEW.\"version\"));"
    " RETURN NULL; END $$",
    "CREATE TRIGGER feed_need_questions_first BEFORE UPDATE OF \"item_id\", \"version\", \"questions\" OR INSERT OR DELETE"
    " ON \"itemversion\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_need_questions_changed AFTER UPDATE OF \"item_id\", \"version\", \"questions\" ON \"itemversion\""
    " FOR EACH ROW WHEN (OLD.\"item_id\" IS DISTINCT FROM NEW.\"item_id\" OR OLD.\"version\" IS DISTINCT FROM"
    " NEW.\"version\" OR OLD.\"questions\" IS DISTINCT FROM NEW.\"questions\") EXECUTE FUNCTION feed_need_questions()",
    "CREATE TRIGGER feed_need_questions_moved AFTER INSERT OR DELETE ON \"itemversion\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_need_questions()",
    "CREATE FUNCTION feed_item_own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM feed_touch('item',"
    " ARRAY(SELECT OLD.id UNION SELECT NEW.id)); RETURN NULL; END $$",
    "CREATE TRIGGER feed_item_own_first BEFORE UPDATE OF \"ref\", \"space\", \"kind\", \"name\", \"description\","
    " \"delay_days\", \"position\", \"keywords\", \"synonyms\", \"availability\", \"picture\", \"version\", \"questions\", \"active\""
    " OR INSERT OR DELETE ON \"item\" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_item_own_changed AFTER UPDATE OF \"ref\", \"space\", \"kind\", \"name\", \"description\","
    " \"delay_days\", \"position\", \"keywords\", \"synonyms\", \"availability\", \"picture\", \"version\", \"questions\", \"active\""
    " ON \"item\" FOR EACH ROW WHEN (OLD.\"ref\" IS DISTINCT FROM NEW.\"ref\" OR OLD.\"space\" IS DISTINCT FROM NEW.\"space\""
    " OR OLD.\"kind\" IS DISTINCT FROM NEW.\"kind\" OR OLD.\"name\" IS DISTINCT FROM NEW.\"name\" OR OLD.\"description\" IS"
    " DISTINCT FROM NEW.\"description\" OR OLD.\"delay_days\" IS DISTINCT FROM NEW.\"delay_days\" OR OLD.\"position\" IS"
    " DISTINCT FROM NEW.\"position\" OR OLD.\"keywords\" IS DISTINCT FROM NEW.\"keywords\" OR OLD.\"synonyms\" IS DISTINCT"
    " FROM NEW.\"synonyms\" OR OLD.\"availability\" IS DISTINCT FROM NEW.\"availability\" OR OLD.\"picture\" IS DISTINCT"
    " FROM NEW.\"picture\" OR OLD.\"version\" IS DISTINCT FROM NEW.\"version\" OR OLD.\"questions\" IS DISTINCT FROM"
    " NEW.\"questions\" OR OLD.\"active\" IS DISTINCT FROM NEW.\"active\") EXECUTE FUNCTION feed_item_own()",
    "CREATE TRIGGER feed_item_own_moved AFTER INSERT OR DELETE ON \"item\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_item_own()",
    "CREATE FUNCTION feed_journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.outcome = 'applied' THEN"
    " PERFORM feed_touch(NEW.kind, ARRAY(SELECT OLD.doc UNION SELECT NEW.doc)); END IF; RETURN NULL; END $$",
    "CREATE TRIGGER feed_journal_first BEFORE UPDATE OF \"outcome\" OR INSERT OR DELETE ON \"change\" FOR EACH STATEMENT"
    " EXECUTE FUNCTION feed_lock()",
    "CREATE TRIGGER feed_journal_changed AFTER UPDATE OF \"outcome\" ON \"change\" FOR EACH ROW WHEN (OLD.\"outcome\" IS"
    " DISTINCT FROM NEW.\"outcome\") EXECUTE FUNCTION feed_journal()",
    "CREATE TRIGGER feed_journal_moved AFTER INSERT OR DELETE ON \"change\" FOR EACH ROW EXECUTE FUNCTION"
    " feed_journal()",
]
INDEXES = [
    "CREATE INDEX feed_visit_site ON visit (site_id)",
    "CREATE INDEX feed_need_visit ON need (visit_id)",
    "CREATE INDEX feed_need_site ON need (site_id)",
    "CREATE INDEX feed_need_item ON need (item_id)",
    "CREATE INDEX feed_site_manager ON site (manager_id)",
]
# A site that has changed used to be told as such; from now on its visits are.
ID = {
    "sqlite": "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
    "postgres": "gen_random_uuid()",
}
OF_SITES = (
    "INSERT INTO feedcounter (id, value) VALUES (1, 0) ON CONFLICT DO NOTHING",
    "UPDATE feedcounter SET value = value + 1 WHERE id = 1",
    "INSERT INTO document (id, kind, doc_id, version, stamps) SELECT {id}, 'visit', v.id, (SELECT value FROM feedcounter"
    " WHERE id = 1), '{{}}' FROM visit v WHERE v.site_id IN (SELECT d.doc_id FROM document d WHERE d.kind = 'site')"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version",
    "DELETE FROM document WHERE kind = 'site'",
)


async def keep_the_feed(apps, editor):
    sqlite = editor.client.capabilities.dialect == "sqlite"
    for statement in OF_SITES:
        await editor.client.execute_query(statement.format(id=ID["sqlite" if sqlite else "postgres"]))
    for statement in INDEXES + (SQLITE if sqlite else POSTGRESQL):
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [("tour", "0001_initial")]

    operations = [ops.RunPython(keep_the_feed)]
