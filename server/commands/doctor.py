"""`pteah doctor`: looks for what is wrong or soon will be."""

import dataclasses
import json
import os
from contextlib import closing
from datetime import UTC, datetime

import click

from server import doctor, embedded
from server.commands import data_option, quiet_libraries
from server.config import read_config
from server.data_folder import Folder
from server.doctor import Finding
from sync.core.problem import Problem
from sync.store import health
from sync.store.connect import open_database

MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "yellow"), "wrong": ("WRONG", "red")}


@click.command(epilog="Example: pteah doctor --data /srv/pteah")
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array of {name, state, sentence}.")
def command(data: str | None, as_json: bool) -> None:
    """Look for what is wrong or soon will be. Changes nothing. Exit code 1 when something is wrong."""
    quiet_libraries()
    config = read_config(os.environ, data=data)
    findings = list(doctor.look_at_machine(config))
    if config.mongodb_uri or Folder(config.data).database.is_dir():
        try:
            with embedded.mongodb(config) as uri:
                db = open_database(uri, config.database)
                with closing(db.client):
                    findings += doctor.look_at_database(config, db, now=datetime.now(UTC))
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
