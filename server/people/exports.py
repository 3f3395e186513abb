"""Exports: what is taken out, for what, and how many are in it, before and while it is taken."""

from collections.abc import Iterator

from flask import Response, g, render_template, request

from server import export_file
from server.auth import may
from server.here import here
from server.people import access, passing_on
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.privacy import PURPOSE_NAMES
from server.people.words import told
from sync.core.problem import Problem
from sync.exporting import PEOPLE, Export
from sync.store import forms

LEFT_OUT = "Pteah-Left-Out"
"""The header that says how many are not in it, for want of consent."""


@blueprint.get("/exports")
@may("export")
def show_exports() -> str | tuple[str, int]:
    """What can be taken out; with `what` and `purpose` how many people that would be."""
    return _page()


def _page(fault: str = "") -> str | tuple[str, int]:
    db = here().db
    what, purpose = (request.values.get(name, "")[:100] for name in ("what", "purpose"))
    ready: Export | None = None
    try:
        ready = passing_on.export_for(db, g.account, what, purpose) if what and not fault else None
    except Problem as problem:
        fault = told(problem)
    page = render_template(
        "exports.html",
        whats=(PEOPLE, *forms.states(db)),
        titles=form_titles(db),
        purpose_names=PURPOSE_NAMES,
        chosen={"what": what, "purpose": purpose},
        ready=ready,
        megabytes=export_file.size_of(ready) / 1_000_000 if ready else 0,
        sees_nobody=g.account.reader.sight == "nobody",
        fault=fault,
    )
    return (page, 400) if fault else page


@blueprint.post("/exports")
@may("export")
def take_out() -> Response | str | tuple[str, int]:
    """The export as a file; who is in it is written into the audit before the first row leaves."""
    form = request.form
    kind = "xlsx" if form.get("format") == "xlsx" else "csv"
    try:
        export = passing_on.export_for(
            here().db, g.account, form.get("what", PEOPLE), form.get("purpose", "")
        )
    except Problem as problem:
        return _page(told(problem))
    return sent(g.account, export, "xlsx" if kind == "xlsx" else "csv")


def sent(who: access.Who, export: Export, kind: export_file.Format) -> Response:
    """The answer that holds this export; written down first."""
    passing_on.noted_export(here().db, who, export, kind)
    lines: Iterator[bytes]
    at, name = here().now(), export_file.file_name(export, kind, here().now())
    if kind == "xlsx":
        lines = export_file.xlsx_pieces(export, by=access.name_of(who), at=at)
    else:
        lines = (piece.encode() for piece in export_file.csv_lines(export))
    answer = Response(lines, mimetype=export_file.TYPES[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers[LEFT_OUT] = str(export.left_out)
    return answer
