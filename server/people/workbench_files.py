"""Pictures, sounds and CSV lists that forms have: replaced by themselves, each with its own versions."""

from collections.abc import Iterable

from flask import Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from server.auth import may, takes
from server.here import here
from server.people import workbench
from server.people.pages import blueprint
from server.phones.forms import content_type_of
from sync.core.problem import Problem
from sync.store import form_files, proposals
from xlsforms.findings import Finding, WorkbookRefused
from xlsforms.form_files import former, put_file


@blueprint.get("/forms/files")
@may("manage_forms")
def show_form_files() -> str:
    """Every file that forms have, with its versions, and the place to hand in a newer one."""
    return _page()


def _page(findings: Iterable[Finding] = (), problem: Problem | None = None, name: str = "") -> str:
    return render_template(
        "form_files.html",
        files=form_files.versions(here().db),
        findings=list(findings),
        problem=problem,
        name=name,
    )


@blueprint.post("/forms/files")
@may("manage_forms")
@takes(workbench.MAX_SENT_BYTES)
def put_form_file() -> Answer | tuple[str, int]:
    """Give phones this file in place of the one they have."""
    content, sent = workbench.sent_file(request.files.get("file"))
    return _put(request.form.get("name", "").strip() or sent, content)


@blueprint.post("/forms/files/<name>/return")
@may("manage_forms")
def return_to_file(name: str) -> Answer | tuple[str, int]:
    """Give phones what this file once was."""
    return _put(name, former(here().db, name, request.form.get("sha256", "")))


def _put(name: str, content: bytes) -> Answer | tuple[str, int]:
    note, confirm = (request.form.get(field, "").strip() for field in ("note", "confirm"))
    at, by = here().now(), g.account.user
    try:
        put_file(here().db, name, content, at=at, by=by, note=note[: workbench.MAX_NOTE], confirm=confirm)
    except WorkbookRefused as refused:
        return _page(refused.findings, name=name), 422
    except Problem as problem:
        if problem.code not in ("file.not_used", "file.not_confirmed"):
            raise
        return _page(problem=problem, name=name), 409
    return redirect(url_for("people.show_form_files"), 303)


@blueprint.get("/forms/files/<name>/<sha256>")
@may("manage_forms")
def download_form_file(name: str, sha256: str) -> Response:
    """One version of a file, as it was handed in."""
    content = former(here().db, name, sha256)
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, content_type=content_type_of(name), headers=headers)


@blueprint.post("/forms/proposals/<number>/files")
@may("manage_forms")
@takes(workbench.MAX_SENT_BYTES)
def add_files(number: str) -> Answer:
    """Lay files beside a workbook that names them, and look through it again."""
    found = workbench.proposal_of(number)
    sent = workbench.sent_beside()
    if not sent:
        raise Problem("workbook.none")
    beside = {one["name"]: one for one in (*found.get("media", ()), *sent)}
    if found["state"] == "published" or len(beside) > workbench.MOST_FILES:
        raise Problem("workbench.not_ready")
    proposals.change(here().db, number, {"media": list(beside.values()), "signed": None})
    return workbench.ask(number, "check")
