"""What the commands of `pteah form` share: how workbooks and files are named on the command line."""

from collections.abc import Iterable
from pathlib import Path

import click

from sync.core.protocol import FormRules
from xlsforms.rules import read_rules
from xlsforms.sheets import Book, read_book
from xlsforms.survey import read_survey


def _renames(written: Iterable[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in written]
    if wrong := [now for now, _, was in pairs if not now or not was]:
        raise click.BadParameter(f"{wrong[0]}: write NEW=OLD.")
    return {now: was for now, _, was in pairs}


WORKBOOK = click.Path(exists=True, dir_okay=False, path_type=Path)
media_option = click.option(
    "--media",
    "media_paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A file the form needs (a picture, a CSV list), or a folder of such files. May be given again.",
)
renames_option = click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="NEW=OLD",
    callback=lambda _context, _option, written: _renames(written),
    help="Question NEW is the published question OLD under another name. May be given again.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for a program.")


def book_of(path: Path) -> Book:
    """The workbook in this file. Raises Problem workbook.*"""
    return read_book(path.read_bytes(), filename=path.name)


def rules_of(books: Iterable[Book], *, but: Book | None = None) -> list[FormRules]:
    """The rules in the form workbooks among these, faults and all."""
    return [
        read_rules(book, read_survey(book), form_id=book.form_id, version=book.version)[0]
        for book in books
        if book is not but and not book.is_protocol
    ]


def media_of(paths: Iterable[Path]) -> dict[str, bytes]:
    """File name -> content of these files and of the files in these folders."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return {file.name: file.read_bytes() for file in files if file.is_file()}
