"""The operator's commands, one module per noun, each with a click command or group named `command`."""

import functools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from server import embedded, master_key
from server.config import Config, read_config
from sync.core.problem import Problem
from sync.store import dump, health
from sync.store.audit import note as write_down  # `audit` is a command here
from sync.store.connect import Db, ensure_indexes, open_database

COMMAND_LINE = "command line"
"""Who did it, where nobody signs in."""

data_option = click.option(
    "--data",
    envvar="PTEAH_DATA",
    metavar="DIR",
    help="The data folder; also PTEAH_DATA. Default: data, in the folder where you are.",
)


class Failed(click.ClickException):
    """A Problem, as the command line shows it: one sentence on stderr, exit code 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Write the sentence; it says what to do."""
        click.echo(self.format_message(), err=True)


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what a person can act on into one sentence and exit code 1; a bug keeps its traceback."""
    try:
        yield
    except Problem as problem:
        raise Failed(str(problem)) from problem
    except Exception as error:
        if health.is_unreachable(error):
            raise Failed(str(Problem("database.unreachable"))) from error
        raise


@contextmanager
def database(config: Config, *, owner: embedded.Owner = "command", indexes: bool = True) -> Iterator[Db]:
    """The database of this configuration with its indexes, for the time of the `with` block.

    `indexes` False: another process of ours has just seen to them.
    """
    with embedded.mongodb(config, owner=owner) as uri:
        db = open_database(uri, config.database)
        try:
            if dump.is_half_restored(db):
                raise Problem("restore.unfinished")
            master_key.unlock(config, db)
            if indexes:
                ensure_indexes(db)
            yield db
        finally:
            db.client.close()


def with_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `config` as its first argument, and `--data`."""

    @data_option
    @functools.wraps(function)
    def command(*args: Any, data: str | None, **kwargs: Any) -> Any:
        quiet_libraries()
        with sentences():
            return function(read_config(os.environ, data=data), *args, **kwargs)

    return command


def with_database(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `config` and `db` as its first two arguments, and `--data`.

    Uses PTEAH_MONGODB_URI, or the MongoDB that a running server started in the data folder, or starts
    that one for the command's own time.
    """

    @with_config
    @functools.wraps(function)
    def command(config: Config, *args: Any, **kwargs: Any) -> Any:
        with database(config) as db:
            return function(config, db, *args, **kwargs)

    return command


def noted(db: Db, kind: str, what: str, *, about: Iterable[str] = (), why: str = "", **more: Any) -> None:
    """Write down what was done on the command line."""
    write_down(
        db,
        at=datetime.now(UTC),
        by=COMMAND_LINE,
        kind=kind,
        about=about,
        why=why,
        more={"what": what, **more},
    )


def quiet_libraries() -> None:
    """A command's stderr is for sentences; what libraries remark stays away unless it is a warning."""
    logging.getLogger().setLevel(logging.WARNING)
