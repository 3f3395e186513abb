"""`pteah serve`: everything in one, for a trial or one office; and the web part of a larger one."""

import gc
import os
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import click
import segno
import structlog

from server import first_run, logs
from server.cli import installed_version
from server.commands import data_option, database, sentences
from server.config import Config, read_config
from server.data_folder import Folder
from server.first_run import FirstRun
from server.serving import Serving, listen_on, url_of
from sync.store.connect import Db

DEMO_SECONDS = 20
"""One invented person's records take less than that."""

log = structlog.get_logger("pteah.server")


@click.command(epilog="Example: pteah serve --data /srv/pteah --port 8080")
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; also PTEAH_PORT.  [8080]")
@click.option("--host", help="Address to listen on; also PTEAH_HOST. 0.0.0.0: every network.  [127.0.0.1]")
@click.option("--demo", is_flag=True, help="Add some invented people, so that there is something to see.")
@click.option("--quiet", is_flag=True, help="Print no secrets: for output that goes into a log.")
def command(data: str | None, port: int | None, host: str | None, demo: bool, quiet: bool) -> None:
    """Answer phones, people and programs, and work on what phones send.

    Starts a MongoDB of its own in the data folder unless PTEAH_MONGODB_URI names one. The first start
    publishes our forms, makes an administrator and a first phone, and writes DIR/first-run.json.
    Ctrl-C or SIGTERM stops it: what has begun is finished first.
    """
    config = read_config(os.environ, data=data, port=port)
    if host:
        config = replace(config, host=host)
    if port == 0:
        config = replace(config, port=0)  # any free one; printed below
    logs.configure(config.log_level)
    with sentences():
        _serve(config, demo=demo, quiet=quiet)


def _serve(config: Config, *, demo: bool, quiet: bool) -> None:
    asked_to_stop = threading.Event()
    _stop_on_signals(asked_to_stop)
    # The port first: whoever starts a second server by mistake hears it before anything else happens.
    with listen_on(config.host, config.port) as listening, database(config, owner="server") as db:
        url = config.public_url or url_of(listening)
        first = first_run.prepare(db, config.data, url=url, now=datetime.now(UTC), demo=demo)
        if asked_to_stop.is_set():
            return
        has_two = len(os.sched_getaffinity(0)) > 1
        with Serving(config, db, listening=listening, worker_apart=has_two):
            gc.freeze()  # what stays for ever is looked through no more: pages waited 100 ms for it at times
            _tell(config, url, first, quiet=quiet)
            people = _add_people(db, asked_to_stop) if demo else None
            asked_to_stop.wait()
            click.echo("Stopping: finishing what has begun.")
            if people:
                people.join(DEMO_SECONDS)
    click.echo("Stopped.")


def _stop_on_signals(asked_to_stop: threading.Event) -> None:
    def stop(_signal: int, _frame: Any) -> None:
        asked_to_stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _tell(config: Config, url: str, first: FirstRun, *, quiet: bool) -> None:
    """Say where to look and how to sign in; secrets only the first time."""
    said = [f"\nPteah {installed_version()} runs. Data: {config.data}", f"  Look here:   {url}/"]
    if first.is_first and not quiet:
        admin, phone = first.notes["admin"], first.notes["phone"]
        said += [
            f"  Sign in as:  {admin['user']}   password: {admin['password']}   (shown this once)",
            "\nTo connect a phone: ODK Collect, “Configure with QR code”, and scan this:\n",
            _qr(phone["qr"]),
            "or choose “Configure manually” and type this server URL:",
            f"  {phone['server_url']}",
        ]
    notes = Folder(config.data).first_run
    if first.notes:
        said.append(
            f"\nPassword, token and phone are noted in {notes}; delete it once you have them elsewhere."
        )
    if url.startswith(("http://127.", "http://[::1]", "http://localhost")):
        said.append(
            "Only this machine can reach that address. For phones see “Connect a phone” in README.md."
        )
    said.append("Ctrl-C stops the server.\n")
    click.echo("\n".join(said))  # at once: a line of the log in the middle would spoil the code for phones


def _qr(text: str) -> str:
    drawn = StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()


def _add_people(db: Db, asked_to_stop: threading.Event) -> threading.Thread:
    """Send some invented people's records, as phones would, while the server is already of use."""

    def send() -> None:
        try:
            from server import demo  # noqa: PLC0415 - only a trial needs it

            demo.add_people(db, returnees=30, seed=1, now=datetime.now(UTC), stop=asked_to_stop)
        except Exception:
            log.exception("demo.failed", next="the server itself is not concerned")

    thread = threading.Thread(target=send, name="demo", daemon=True)
    thread.start()
    return thread
