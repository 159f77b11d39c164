"""The command ``tour plan``: a campaign planned from files, with no web and no database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from tour.planning.files import UnusableInput, make_problem, plan_json, read_pairs, read_sites
from tour.planning.problem import working_days
from tour.planning.solve import Progress, solve

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
    problems: list[str] = []
    sites, pairs = [], []
    try:
        sites = read_sites(sites_file)
    except UnusableInput as error:
        problems += error.problems
    try:
        pairs = read_pairs(pairs_file)
    except UnusableInput as error:
        problems += error.problems
    if not problems:
        try:
            problem = make_problem(sites, pairs, working_days(first.date(), days), minutes_file)
        except UnusableInput as error:
            problems += error.problems
    if problems:
        for line in problems:
            click.echo(line, err=True)
        context.exit(UNUSABLE)

    def show(step: Progress) -> bool:
        click.echo(
            f"{step.elapsed_s:7.1f} s  {step.served} served  {step.drive_min} min driven", err=True
        )
        return True

    answer = solve(problem, seconds=seconds, seed=seed, threads=threads, on_progress=show)
    if not answer.visits and answer.first_plan_seconds > seconds:
        click.echo("no plan found in the time given", err=True)
        context.exit(NO_PLAN)
    written = plan_json(problem, answer, seconds=seconds, seed=seed)
    out.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
    totals = answer.totals
    click.echo(
        f"{totals['served']} served, {totals['unserved']} left out, {totals['drive_min']} min driven, "
        f"{totals['pair_days']} pair days, first plan after {answer.first_plan_seconds} s"
    )
