"""The command ``tour plan``: a campaign planned from files, with no web and no database."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path

import click

from tour.errors import UserError
from tour.i18n import language
from tour.planning.files import UnusableInput, make_problem, plan_json, read_pairs, read_sites
from tour.solver.problem import Problem, in_calendar, working_days
from tour.solver.solve import NoTime, Progress, solve

UNUSABLE, NO_PLAN = 2, 3


@click.command(
    help="Plan a campaign from files. Exit status: 0 a plan was written, 2 unusable input, 3 no plan in time."
)
@click.option("--sites", "sites_file", required=True, type=click.Path(path_type=Path))
@click.option("--pairs", "pairs_file", required=True, type=click.Path(path_type=Path))
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="first day")
@click.option(
    "--days",
    required=True,
    type=click.IntRange(1, 800),
    help="working days, public holidays left out",
)
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0, 86_400))
@click.option("--matrix", "minutes_file", type=click.Path(path_type=Path), help="minutes.csv")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--seed", default=1, show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def plan(
    context: click.Context,
    sites_file: Path,
    pairs_file: Path,
    first: datetime,
    days: int,
    seconds: float,
    minutes_file: Path | None,
    threads: int,
    seed: int,
    out: Path,
) -> None:
    in_english = language.set("en")  # like the rest of what this command says
    try:
        must_be_writable(out)
        in_calendar(first.date())
        problem = read(sites_file, pairs_file, minutes_file, working_days(first.date(), days))
    except UnusableInput as error:
        for line in error.problems:
            click.echo(line, err=True)
        context.exit(UNUSABLE)
    except ValueError as error:
        click.echo(f"--from {first.date().isoformat()}: {error}", err=True)
        context.exit(UNUSABLE)
    finally:
        language.reset(in_english)
    for site in problem.nowhere:
        click.echo(f"{site.id} {site.name}: no position, it will not be planned", err=True)
    try:
        answer = solve(problem, seconds=seconds, seed=seed, threads=threads, on_progress=Told())
    except NoTime:
        click.echo(f"no plan found in {seconds:g} s: give more with --seconds", err=True)
        context.exit(NO_PLAN)
    except UserError as error:
        click.echo(error.message, err=True)
        context.exit(UNUSABLE)
    written = plan_json(problem, answer, seconds=seconds, seed=seed)
    out.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    totals = answer.totals
    click.echo(
        f"{totals['served']} served, {totals['unserved']} left out, {totals['drive_min']} min driven, "
        f"{totals['pair_days']} pair days, first plan after {answer.first_plan_seconds} s"
    )


def must_be_writable(out: Path) -> None:
    """Said before solving, not after. Raises UnusableInput."""
    if not os.access(out.parent, os.W_OK):
        raise UnusableInput([f"{out.parent}: no such folder, or it may not be written to"])


def read(
    sites_file: Path, pairs_file: Path, minutes_file: Path | None, days: list[date]
) -> Problem:
    """The campaign of these files. Raises UnusableInput with what is wrong in all of them, not in the first alone."""
    problems: list[str] = []
    known: frozenset[str] | None = None
    try:
        pairs = read_pairs(pairs_file)
        known = frozenset(pair.id for pair in pairs)
    except UnusableInput as error:
        problems = error.problems
    try:
        sites = read_sites(sites_file, known)
    except UnusableInput as error:
        problems = [*error.problems, *problems]
    if problems:
        raise UnusableInput(problems)
    return make_problem(sites, pairs, days, minutes_file)


class Told:
    """Prints how far the solver is each time its plan changed; never asks it to stop."""

    def __init__(self) -> None:
        self.last: tuple[int, int] | None = None

    def __call__(self, step: Progress) -> bool:
        if self.last != (step.served, step.drive_min):
            self.last = (step.served, step.drive_min)
            click.echo(
                f"{step.elapsed_s:7.1f} s  {step.served} served  {step.drive_min} min driven",
                err=True,
            )
        return True
