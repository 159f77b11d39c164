"""The one table of passages in a visit's life: from where to where, and who may. Also as the database's own rule.

A pair that has come is a fact: a visit can be under way whatever was agreed before.
"""

from __future__ import annotations

from tour.visits.models import Actor, VisitState

S, A = VisitState, Actor
PLANNER = frozenset({A.PLANNER})
BY_PAIR = frozenset({A.TOURER})
INVITES = frozenset({A.PLANNER, A.CLOCK})  # the clock: mailings at a pace
ANSWERS = frozenset({A.MANAGER, A.PLANNER})  # the planner writes down what was said by telephone
MISSES = frozenset({A.PLANNER, A.TOURER, A.CLOCK})

PASSAGES: dict[tuple[VisitState, VisitState], frozenset[Actor]] = {
    (S.PROPOSED, S.INVITED): INVITES,
    (S.PROPOSED, S.UNDER_WAY): BY_PAIR,
    (S.PROPOSED, S.CANCELLED): PLANNER,
    (S.INVITED, S.CONFIRMED): ANSWERS,
    (S.INVITED, S.OTHER_DATE): ANSWERS,
    (S.INVITED, S.DECLINED): ANSWERS,
    (S.INVITED, S.PROPOSED): PLANNER,  # to be moved
    (S.INVITED, S.UNDER_WAY): BY_PAIR,
    (S.INVITED, S.MISSED): MISSES,
    (S.INVITED, S.CANCELLED): PLANNER,
    (S.CONFIRMED, S.OTHER_DATE): ANSWERS,
    (S.CONFIRMED, S.DECLINED): ANSWERS,
    (S.CONFIRMED, S.PROPOSED): PLANNER,  # to be moved
    (S.CONFIRMED, S.UNDER_WAY): BY_PAIR,
    (S.CONFIRMED, S.MISSED): MISSES,
    (S.CONFIRMED, S.CANCELLED): PLANNER,
    (S.OTHER_DATE, S.CONFIRMED): ANSWERS,
    (S.OTHER_DATE, S.DECLINED): ANSWERS,
    (S.OTHER_DATE, S.PROPOSED): PLANNER,
    (S.OTHER_DATE, S.UNDER_WAY): BY_PAIR,
    (S.OTHER_DATE, S.CANCELLED): PLANNER,
    (S.DECLINED, S.CONFIRMED): ANSWERS,
    (S.DECLINED, S.OTHER_DATE): ANSWERS,
    (S.DECLINED, S.PROPOSED): PLANNER,
    (S.DECLINED, S.UNDER_WAY): BY_PAIR,
    (S.DECLINED, S.CANCELLED): PLANNER,
    (S.UNDER_WAY, S.DONE): BY_PAIR,
    (S.UNDER_WAY, S.MISSED): BY_PAIR,
    (S.DONE, S.UNDER_WAY): BY_PAIR,
    (S.MISSED, S.PROPOSED): PLANNER,
    (S.MISSED, S.UNDER_WAY): BY_PAIR,
    (S.CANCELLED, S.PROPOSED): PLANNER,
    (S.CANCELLED, S.UNDER_WAY): BY_PAIR,
}


def may_pass(before: VisitState, after: VisitState, actor: Actor) -> bool:
    return actor in PASSAGES.get((before, after), frozenset())


def rules(dialect: str) -> list[str]:
    """The statements that make the database itself keep the table, in SQLite's words or PostgreSQL's.

    A state is one of ours; it changes only along a passage, and only when the passage has been written
    down; what is written down never changes and goes only with its visit.
    """
    known = ", ".join(f"'{state}'" for state in VisitState)
    allowed = " OR ".join(
        f"(OLD.state = '{before}' AND NEW.state = '{after}')" for before, after in PASSAGES
    )
    written = (
        "EXISTS (SELECT 1 FROM visitevent e WHERE e.visit_id = NEW.id"
        " AND e.before = OLD.state AND e.after = NEW.state)"
    )
    faults = [
        (
            "visit_state",
            "INSERT ON visit",
            f"NEW.state NOT IN ({known})",
            "unknown state of a visit",
        ),
        (
            "visit_passage",
            "UPDATE ON visit",
            f"OLD.state <> NEW.state AND NOT ({allowed})",
            "illegal passage of a visit",
        ),
        (
            "visit_written",
            "UPDATE ON visit",
            f"OLD.state <> NEW.state AND NOT {written}",
            "passage of a visit without its event",
        ),
        (
            "visitevent_kept",
            "UPDATE ON visitevent",
            "OLD.visit_id <> NEW.visit_id OR OLD.before <> NEW.before OR OLD.after <> NEW.after",
            "history of a visit is never changed",
        ),
        (
            "visitevent_stays",
            "DELETE ON visitevent",
            "EXISTS (SELECT 1 FROM visit v WHERE v.id = OLD.visit_id)",
            "history of a visit is never removed",
        ),
    ]
    make = in_sqlite if dialect == "sqlite" else in_postgresql
    return [statement for fault in faults for statement in make(*fault)]


def in_sqlite(name: str, event: str, fault: str, message: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN {fault}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ]


def in_postgresql(name: str, event: str, fault: str, message: str) -> list[str]:
    kept = "OLD" if event.startswith("DELETE") else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {fault} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;"
        f" RETURN {kept}; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
