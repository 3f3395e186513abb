"""The versions of a form: their workbooks, going back, languages, in use or not."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may, takes
from server.here import here
from server.people import workbench, workbench_words
from server.people.pages import blueprint
from server.people.words import gettext as _
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import attachments, forms, protocols
from xlsforms.change import change_from
from xlsforms.findings import Finding, has_errors
from xlsforms.impact import PROTOCOL
from xlsforms.sheets import read_book
from xlsforms.templates import template
from xlsforms.translations import lacking, untranslated, with_translations
from xlsforms.versions import former, next_version

KEPT = 200
_known_languages: dict[str, dict[str, tuple[str, int]]] = {}
"""SHA-256 of a workbook -> the languages in it, each as it is written and with how many texts it lacks."""


@blueprint.get("/forms/templates/<name>.xlsx")
@may("manage_forms")
def download_template(name: str) -> Response:
    """A workbook to start from."""
    return workbench.as_file(template(name), name)


@blueprint.get("/forms/<form_id>")
@may("manage_forms")
def show_versions(form_id: str) -> str:
    """Every version of a form, or of the protocol, with what can be done with it."""
    return _page(form_id)


def _page(form_id: str, findings: tuple[Finding, ...] = (), number: str = "") -> str:
    db = here().db
    known = _versions(form_id)
    is_protocol = form_id == PROTOCOL
    current = known[0]["version"] if is_protocol else forms.current_version(db, form_id) or ""
    newest = next(one for one in known if one["version"] == current)
    return render_template(
        "versions.html",
        form_id=form_id,
        is_protocol=is_protocol,
        title=_(workbench_words.PROTOCOL) if is_protocol else newest["title"] or form_id,
        versions=known,
        current=current,
        state=None if is_protocol else forms.state_of(db, form_id),
        state_names=workbench_words.STATES,
        form_languages={} if is_protocol else _languages(newest),
        columns=[] if is_protocol else [one for one in forms.columns(db, form_id) if _renamed(one.names)],
        recompute=workbench.recompute(),
        findings=findings,
        number=number,
    )


def _renamed(names: Any) -> bool:
    return len(set(names.values())) > 1


def _versions(form_id: str) -> list[dict[str, Any]]:
    """Every version, newest first. Raises Problem form.unpublished."""
    db = here().db
    found = protocols.versions(db) if form_id == PROTOCOL else forms.versions(db, form_id)
    if not found:
        raise Problem("form.unpublished", form_id=form_id)
    return [
        {
            **one,
            "version": one.get("version") or one["_id"],
            "changes": [change_from(change) for change in one.get("changes") or ()],
        }
        for one in found
    ]


def _languages(version: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Its languages and what they lack; reading a workbook takes long, and a version never changes."""
    sha256 = version["workbook_sha256"]
    if sha256 not in _known_languages:
        if len(_known_languages) > KEPT:
            _known_languages.clear()
        _known_languages[sha256] = lacking(_book(version))
    return _known_languages[sha256]


def _book(version: dict[str, Any]) -> Any:
    content = attachments.open(here().db, version["workbook_sha256"]).read()
    return read_book(content, filename=version["filename"])


@blueprint.get("/forms/<form_id>/versions/<version>.xlsx")
@may("manage_forms")
def download_version(form_id: str, version: str) -> Response:
    """The workbook a version was made from, as it was handed in."""
    for one in _versions(form_id):
        if one["version"] == version:
            content = attachments.open(here().db, one["workbook_sha256"]).read()
            return workbench.as_file(content, f"{form_id}-{version}")
    raise Problem("form.version_unknown")


@blueprint.post("/forms/<form_id>/return")
@may("manage_forms")
def return_to(form_id: str) -> Response:
    """Hand a former version in again, under a new number; it is compared and tried like any other."""
    version = request.form.get("version") or None
    again = former(here().db, form_id, local_date(here().now()), version)
    number = workbench.propose(again.workbook, again.filename, again.renames)
    return redirect(url_for("people.show_proposal", number=number), 303)


@blueprint.post("/forms/<form_id>/state")
@may("manage_forms")
def change_state(form_id: str) -> Response:
    """Withdraw a form, close it, or give it to phones again."""
    wanted = request.form.get("state", "")
    if forms.state_of(here().db, form_id) is None:
        raise Problem("form.unpublished", form_id=form_id)
    if wanted not in forms.STATES:
        raise Problem("workbench.not_ready")
    before = forms.set_state(here().db, form_id, wanted)
    workbench.note(form_id, wanted, before=before)
    return redirect(url_for("people.show_versions", form_id=form_id), 303)


@blueprint.get("/forms/<form_id>/untranslated.xlsx")
@may("manage_forms")
def download_untranslated(form_id: str) -> Response:
    """Everything of the current version that has no text in a language."""
    language = request.args.get("language", "")[:60]
    made = untranslated(_book(_current(form_id)), language)
    return workbench.as_file(made, f"{form_id}-untranslated")


def _current(form_id: str) -> dict[str, Any]:
    version = forms.current_version(here().db, form_id)
    return next(one for one in _versions(form_id) if one["version"] == version)


@blueprint.post("/forms/<form_id>/translations")
@may("manage_forms")
@takes(workbench.MAX_SENT_BYTES)
def hand_in_translation(form_id: str) -> Response | str:
    """Put translated texts into the current workbook and hand that in under a new version."""
    current = _current(form_id)
    translated, _name = workbench.sent_file(request.files.get("workbook"))
    content = attachments.open(here().db, current["workbook_sha256"]).read()
    taken = [one["version"] for one in _versions(form_id)]
    version = next_version(current["version"], local_date(here().now()), taken=taken)
    made, findings = with_translations(content, _book(current), translated, version)
    number = workbench.propose(made, current["filename"])
    if has_errors(findings):
        return _page(form_id, tuple(findings), number)
    return redirect(url_for("people.show_proposal", number=number), 303)
