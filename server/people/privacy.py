"""What a person may ask of us: what she agreed to, who saw her data, a copy of it, to be erased."""

import tempfile
import uuid
from typing import Any

from flask import g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from server import person_copy
from server.auth import may
from server.here import here
from server.people import access, level
from server.people.pages import blueprint
from server.people.words import language, later, told
from sync import erasing
from sync.core.consent import PURPOSES, said
from sync.core.problem import Problem
from sync.person_copy import disclosures
from sync.store import decisions, erasures
from sync.store.connect import Document
from sync.store.rules import current_rules

PURPOSE_NAMES = {
    "interview": later("To talk with us"),
    "store": later("That we keep the answers"),
    "visit": later("Further visits"),
    "phone": later("Calls by telephone"),
    "share_health": later("That we tell those who help with health"),
    "share_legal": later("That we tell those who help with the law"),
    "share_state": later("That we tell the responsible office"),
    "share_partner": later("That we tell partner organisations"),
    "statistics": later("To be counted in numbers without a name"),
}
SHOWN = 200
IN_MEMORY_BYTES = 5_000_000


@blueprint.get("/caseload/<code>/privacy")
@may("see_returnee")
def show_privacy(code: str) -> str:
    """What she agreed to, who saw her data, and what can be done about it. Made to be printed, too."""
    return _page(access.look_at(here().db, g.account, code))


def _page(file: Document, *, fault: str = "", given: dict[str, str] | None = None) -> str:
    db = here().db
    return render_template(
        "privacy.html",
        file=file,
        consent={one["purpose"]: one for one in file.get("consent", ())},
        said=said(access.told_by(db, file), decisions.about(db, [file["_id"]])[file["_id"]]),
        purposes=PURPOSES,
        purpose_names=PURPOSE_NAMES,
        disclosures=disclosures(db, file["_id"], limit=SHOWN),
        kind_names=person_copy.KIND_NAMES,
        people=level.by_name(db),
        request_open=erasures.open_of(db, file["_id"]),
        hold=erasures.hold_of(db, file["_id"]),
        fault=fault,
        given=given or {},
        new_id=lambda: str(uuid.uuid4()),
    )


@blueprint.post("/caseload/<code>/privacy/copy")
@may("sign")
def copy_person(code: str) -> Response:
    """A copy of everything about this person, for this person."""
    db, at = here().db, here().now()
    file = access.look_at(db, g.account, code)
    access.noted(db, g.account, "export", [file["_id"]], access.WHOLE_FILE, what="a copy for the person")
    out = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed with the answer
    person_copy.write(db, file, out, at=at, language=language())
    out.seek(0)
    return send_file(
        out, mimetype="application/zip", as_attachment=True, download_name=f"{file['case_code']}.zip"
    )


@blueprint.post("/caseload/<code>/privacy/erasure")
@may("erase")
def erase(code: str) -> Response | tuple[str, int] | str:
    """Ask for an erasure, or answer what somebody else asked for; put a legal hold on, or take it off."""
    file = access.look_at(here().db, g.account, code)
    what, why = request.form.get("what", ""), request.form.get("why", "")
    try:
        certificate = _done(file, what, why[:2000])
    except Problem as problem:
        return _page(file, fault=told(problem), given={"why": why}), 409
    if certificate is not None:
        return render_template("erased.html", certificate=certificate)
    return redirect(url_for("people.show_privacy", code=file["case_code"]), 303)


def _done(file: Document, what: str, why: str) -> dict[str, Any] | None:
    """Do it; the certificate where somebody was erased."""
    db, by = here().db, {"at": here().now(), "by": g.account.user}
    if what == "ask":
        erasing.ask(db, file, why=why, **by)
    elif what == "hold":
        erasing.hold(db, file, why=why, **by)
    elif what == "release":
        erasing.release(db, file, **by)
    elif what in ("confirm", "refuse"):
        request_open = erasures.open_of(db, file["_id"])
        if request_open is None:
            raise Problem("erasure.unknown")
        if what == "refuse":
            erasing.refuse(db, request_open["_id"], why=why, **by)
            return None
        if request.form.get("code", "").strip().upper() != file["case_code"]:
            raise Problem("decision.code_differs")
        rules = current_rules(db)
        if rules is None:
            raise Problem("protocol.missing")
        return erasing.confirm(db, request_open["_id"], rules, **by)
    else:
        raise Problem("erasure.unknown")
    return None
