"""The coordinator's workbench: workbooks are handed in, looked through, tried on the caseload, published."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from server import workbench as jobs
from server.auth import may, takes
from server.here import here
from server.noting import noted
from server.people import workbench_words
from server.people.pages import blueprint
from server.people.words import gettext, told
from sync.core.problem import Problem
from sync.store import attachments, audit, case_codes, forms, proposals, protocols, returnees, workers
from sync.store.rules import current_rules
from xlsforms.annotate import annotate
from xlsforms.change import change_from
from xlsforms.findings import Finding
from xlsforms.impact import PROTOCOL
from xlsforms.media import GIVE
from xlsforms.package import MAX_BYTES
from xlsforms.sheets import read_book
from xlsforms.templates import TEMPLATES

MAX_SENT_BYTES = MAX_BYTES + 2_000_000
"""A workbook and what a browser writes around it; larger ones are refused before they are read."""
MAX_NOTE = 500
MOST_FILES = 50
"""Beside one workbook."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
"""People of a dry run on a page; all of them count in the numbers."""


@blueprint.get("/forms")
@may("manage_forms")
def show_forms() -> str:
    """What is published, what is being worked on, and the place to hand a workbook in."""
    db = here().db
    return render_template(
        "forms.html",
        forms=forms.current(db, forms.STATES),
        states=forms.states(db),
        state_names=workbench_words.STATES,
        protocol=protocols.about_current(db),
        proposals=proposals.open_ones(db),
        templates=TEMPLATES,
        recompute=recompute(),
    )


@blueprint.post("/forms")
@may("manage_forms")
@takes(MAX_SENT_BYTES)
def hand_in() -> Response:
    """Take a workbook in and have it looked through."""
    content, filename = sent_file(request.files.get("workbook"))
    number = propose(content, filename, media=sent_beside())
    return redirect(url_for("people.show_proposal", number=number), 303)


def sent_beside() -> list[dict[str, str]]:
    """The files sent together with a workbook, or to be laid beside one; kept, by name and content."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    kept = [
        (name, attachments.put(here().db, content)) for content, name in map(sent_file, sent[:MOST_FILES])
    ]
    return [{"name": name, "sha256": sha256} for name, sha256 in kept]


def sent_file(sent: FileStorage | None) -> tuple[bytes, str]:
    """Content and name of an uploaded file. Raises Problem workbook.none, workbook.too_large."""
    content = b""
    if sent:
        with sent.stream:
            content = sent.read(MAX_BYTES + 1)
    if not sent or not content:
        raise Problem("workbook.none")
    if len(content) > MAX_BYTES:
        raise Problem("workbook.too_large", limit_mb=MAX_BYTES // 1_000_000)
    # The name is shown and handed back, and never a path of ours.
    return content, (sent.filename or "workbook.xlsx").replace("\\", "/").rsplit("/", 1)[-1][:100]


def propose(
    content: bytes,
    filename: str,
    renames: Mapping[str, str] | None = None,
    media: Sequence[Mapping[str, str]] = (),
) -> str:
    """Keep a workbook to be checked; its number."""
    db, at = here().db, here().now()
    about = {
        "filename": filename,
        "workbook_sha256": attachments.put(db, content),
        "renames": dict(renames or {}),
        "media": list(media),
    }
    number = proposals.add(db, about=about, by=g.account.user, at=at)
    note("workbook", "handed in")
    return number


def note(what: str, done: str, **more: str) -> None:
    """Write into the audit that something about a form was changed here."""
    noted("configuration", done, fields=[what], **more)


@blueprint.get("/forms/proposals/<number>")
@may("manage_forms")
def show_proposal(number: str) -> str:
    """Everything found about a handed-in workbook, and what can be done with it."""
    return render_template("proposal.html", **page_of(proposal_of(number)))


@blueprint.get("/forms/proposals/<number>/part")
@may("manage_forms")
def show_proposal_part(number: str) -> str:
    """The changing part of that page, fetched again and again while something is being done."""
    return render_template("_proposal.html", **page_of(proposal_of(number)))


def proposal_of(number: str, *, everything: bool = False) -> dict[str, Any]:
    """The proposal of this number. Raises Problem workbench.unknown."""
    found = proposals.find(here().db, number, everything=everything)
    if found is None:
        raise Problem("workbench.unknown")
    return found


def page_of(found: dict[str, Any]) -> dict[str, Any]:
    """What the page of a proposal shows."""
    made, job = found["found"] or {}, found["job"]
    impact = made.get("impact", {})
    findings = [Finding(**one) for one in made.get("findings", ())]
    busy = job["state"] in ("waiting", "running")
    problem = job["problem"] and Problem(job["problem"]["code"], **job["problem"]["details"])
    protocol = gettext(workbench_words.PROTOCOL) if made.get("is_protocol") else ""
    return {
        "proposal": found,
        "found": made,
        "title": made.get("title") or protocol or found["filename"],
        "job": job,
        "busy": busy,
        "step": workbench_words.STEPS.get(job["step"], workbench_words.STEPS[""]),
        "problem": told(problem) if problem else "",
        "errors": [one for one in findings if one.severity == "error"],
        "wants_files": any(one.fix == GIVE for one in findings),
        "warnings": [one for one in findings if one.severity == "warning"],
        "changes": [change_from(one) for one in impact.get("changes", ())],
        "proposed": impact.get("proposed", {}),
        "word": impact.get("word", ""),
        "coverage": _coverage(made),
        "dry": found["dry"],
        "worker_names": {one.id: one.name for one in workers.every(here().db)} if found["dry"] else {},
        "judged": _touches_levels(impact),
        "recompute": recompute() if found["state"] == "published" else None,
    }


def _coverage(made: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, int, int]]]]:
    """Language as written -> (sheet, texts there, texts wanted)."""
    rows: dict[str, list[tuple[str, int, int]]] = {}
    for one in made.get("coverage", ()):
        written = made["languages"].get(one["language"], one["language"])
        rows.setdefault(written, []).append((one["sheet"], one["there"], one["wanted"]))
    return list(rows.items())


def _touches_levels(impact: Mapping[str, Any]) -> bool:
    """Does anything change that levels or visits rest on?"""
    about = {"score", "rule", "level", "combination", "visit", "trigger", "trend", "closing", "dimension"}
    return any(
        one["of"] in about or (one["of"] == "setting" and impact["form_id"] == PROTOCOL)
        for one in impact.get("changes", ())
    )


def recompute() -> dict[str, int] | None:
    """How many files the rules in force have reached, while they have not reached all."""
    rules = current_rules(here().db)
    total = returnees.how_many(here().db)
    left = returnees.count_stale(here().db, rules.version) if rules else 0
    return {"left": left, "done": total - left, "total": total} if left else None


@blueprint.get("/forms/recompute")
@may("manage_forms")
def show_recompute() -> str:
    """How far everybody is judged anew by the rules in force."""
    return render_template("_recompute.html", recompute=recompute())


@blueprint.get("/forms/proposals/<number>/annotated.xlsx")
@may("manage_forms")
def download_annotated(number: str) -> Response:
    """The workbook with every finding at its cell."""
    found = proposal_of(number)
    content = attachments.open(here().db, found["workbook_sha256"]).read()
    findings = [Finding(**one) for one in (found["found"] or {}).get("findings", ())]
    marked = annotate(content, read_book(content, filename=found["filename"]), findings)
    return as_file(marked, f"to-mend-{found['filename']}")


def as_file(content: bytes, filename: str) -> Response:
    """A workbook to be saved."""
    name = filename if filename.lower().endswith(".xlsx") else f"{filename}.xlsx"
    return send_file(io.BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.post("/forms/proposals/<number>/renames")
@may("manage_forms")
def say_renames(number: str) -> Response:
    """Keep which questions are old ones under another name, and look through the workbook again."""
    found = proposal_of(number)
    proposed = (found["found"] or {}).get("impact", {}).get("proposed", {})
    said = {now: was for now, was in proposed.items() if request.form.get(f"rename_{now}") == "yes"}
    proposals.change(here().db, number, {"renames": {**(found.get("renames") or {}), **said}})
    return ask(number, "check")


@blueprint.post("/forms/proposals/<number>/dry-run")
@may("manage_forms")
def start_dry_run(number: str) -> Response:
    """Have it tried on today's caseload."""
    if proposal_of(number)["state"] != "ready":
        raise Problem("workbench.not_ready")
    return ask(number, "dry_run")


@blueprint.post("/forms/proposals/<number>/sign")
@may("manage_forms")
def sign_dry_run(number: str) -> Response:
    """Somebody has looked at what would change, and stands for it."""
    found = proposal_of(number)
    if not found["dry"]:
        raise Problem("workbench.not_ready")
    at = here().now()
    signed = {"by": g.account.user, "at": at, "on": found["dry"]["on"], "summary": found["dry"]["summary"]}
    proposals.change(here().db, number, {"signed": signed})
    note(found["found"]["form_id"], "dry run signed")
    return _back(number)


@blueprint.post("/forms/proposals/<number>/publish")
@may("manage_forms")
def start_publishing(number: str) -> Response | tuple[str, int]:
    """Have it published."""
    found = proposal_of(number)
    impact = (found["found"] or {}).get("impact", {})
    if found["state"] != "ready" or (_touches_levels(impact) and not found["signed"]):
        raise Problem("workbench.not_ready")
    wants = {
        "note": request.form.get("note", "").strip()[:MAX_NOTE],
        "confirm": request.form.get("confirm", ""),
    }
    if impact.get("word") and wants["confirm"].strip() != impact["word"]:
        problem = told(Problem("form.not_confirmed", count=impact["breaks"], word=impact["word"]))
        shown = page_of(found) | {"problem": problem, "note": wants["note"]}
        return render_template("proposal.html", **shown), 409
    return ask(number, "publish", {**wants, "confirm": wants["confirm"].strip()})


@blueprint.post("/forms/proposals/<number>/discard")
@may("manage_forms")
def discard_proposal(number: str) -> Response:
    """Forget a workbook; what is published stays as it is."""
    proposal_of(number)
    proposals.discard(here().db, number)
    return redirect(url_for("people.show_forms"), 303)


@blueprint.get("/forms/proposals/<number>/people")
@may("manage_forms")
def show_who_moves(number: str) -> str:
    """Who would have another level or another visit."""
    found = proposal_of(number, everything=True)
    if not found["dry"]:
        raise Problem("workbench.not_ready")
    people = found["dry"]["people"][:SHOWN]
    ids = [one["entity_id"] for one in people]
    codes = {name: given.code for name, given in case_codes.find(here().db, ids).items()}
    audit.note(
        here().db, at=here().now(), by=g.account.user, kind="list", about=ids, fields=["level", "visits"]
    )
    now = current_rules(here().db)
    reasons = {**(now.reasons if now else {}), **jobs.rules_of(here().db, found).reasons}
    return render_template(
        "proposal_people.html", **page_of(found), people=people, codes=codes, reasons=reasons
    )


def ask(number: str, doing: proposals.Doing, wants: Mapping[str, str] | None = None) -> Response:
    """Have this done with a workbook, and go to its page. Raises Problem workbench.busy."""
    if not proposals.ask(here().db, number, doing, by=g.account.user, at=here().now(), wants=wants):
        raise Problem("workbench.busy")
    return _back(number)


def _back(number: str) -> Response:
    return redirect(url_for("people.show_proposal", number=number), 303)
