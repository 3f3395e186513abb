"""`pteah doctor`: looks for what is wrong or soon will be."""

import dataclasses
import json
import os
from contextlib import closing
from datetime import UTC, datetime

import click

from server import doctor, embedded
from server.commands import data_option, noted, quiet_libraries
from server.config import Config, read_config
from server.data_folder import Folder
from server.doctor import Finding
from sync.core.problem import Problem
from sync.store import health, orphans
from sync.store.connect import Db, open_database

MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "yellow"), "wrong": ("WRONG", "red")}


@click.command(epilog="Example: pteah doctor --data /srv/pteah")
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array of {name, state, sentence}.")
@click.option("--mend", is_flag=True, help="Then ask about each kind of leftover, and mend it.")
@click.option("--yes", is_flag=True, help="With --mend: do not ask.")
def command(data: str | None, as_json: bool, mend: bool, yes: bool) -> None:
    """Look for what is wrong or soon will be. Exit code 1 when something is wrong. Changes nothing by itself.

    --mend takes away what belongs to nothing (files no record names, for a day or longer) and has records
    worked through again that were left behind. What may be the last trace of something lost stays.
    """
    quiet_libraries()
    config = read_config(os.environ, data=data)
    findings = list(doctor.look_at_machine(config))
    if config.mongodb_uri or Folder(config.data).database.is_dir():
        try:
            findings += _look(config, mend=mend, ask=not yes)
        except Problem as problem:
            findings.append(Finding("mongodb", "wrong", str(problem)))
        except Exception as error:
            if not health.is_unreachable(error):
                raise
            findings.append(Finding("mongodb", "wrong", str(Problem("database.unreachable"))))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            mark, colour = MARKS[finding.state]
            click.echo(f"{click.style(mark, fg=colour)}  {finding.name:<10} {finding.sentence}")
    raise SystemExit(any(finding.state == "wrong" for finding in findings))


def _look(config: Config, *, mend: bool, ask: bool) -> list[Finding]:
    """Look at the database as it is; then mend what there is to mend, and look again."""
    with embedded.mongodb(config) as uri:
        db = open_database(uri, config.database)
        with closing(db.client):
            found = list(doctor.look_at_database(config, db, now=datetime.now(UTC)))
            if mend and _mend(db, ask=ask):
                found = list(doctor.look_at_database(config, db, now=datetime.now(UTC)))
            return found


def _mend(db: Db, *, ask: bool) -> int:
    """Mend each kind of leftover somebody agrees to, and say so on stderr; how many things were mended."""
    mended = 0
    for one in list(orphans.find(db, now=datetime.now(UTC))):
        if not one.mend:
            continue
        if ask and not click.confirm(f"{one.count:,} {one.kind}: {one.mend}?", err=True):
            continue
        noted(db, "configuration", "leftovers mended", leftovers=one.kind, count=one.count)
        done = orphans.take_care(db, one.kind, now=datetime.now(UTC))
        click.echo(f"{done:,} {one.kind}: done", err=True)
        mended += done
    return mended
