"""What was kept aside: two contents under one number, what phones were refused, files that did not come."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.noting import noted
from server.people import access, missing
from server.people.devices import phone_noted
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.people.words import later
from sync.core.answers import Answer, contents_of
from sync.core.form import FormDefinition, Value
from sync.core.problem import Problem
from sync.core.submission import root_of
from sync.store import aside, devices, forms, ledger, programme
from sync.store.connect import Db, Document

REFUSED_NAMES = {
    "form.unknown": later("Its form is not used here. Publish the form, then take the record in."),
    "form.version_unknown": later(
        "Its version of the form was never published here. Publish it, then take the record in."
    ),
    "form.closed": later("Its form is closed. Take the record in if it is to count all the same."),
    "submission.too_large": later("It is larger than what can be taken. Ask whoever runs the server."),
    "submission.unreadable": later(
        "It cannot be read. Look at the phone together with whoever filled the form."
    ),
}
REFUSED_ELSE = later("It is not whole. The phone sends it again; look at the phone if it does not stop.")


def waiting(db: Db) -> dict[str, Any]:
    """What the page of things that need a person shows of all this."""
    within = access.submission_scope_of(db, g.account)
    missed = missing.missed(db, within, here().config, here().now())
    conflicts, refused = aside.conflicts_waiting(db, within), aside.refused_waiting(db, within)
    return {
        "conflicts": conflicts,
        "refused": refused,
        "replayable": aside.REPLAYABLE,
        "refused_names": REFUSED_NAMES,
        "refused_else": REFUSED_ELSE,
        "lacking": missed.files,
        "unarrived": missed.records,
        "phone_names": _phone_names(conflicts, refused, missed.files),
        "hours": missing.hours(db, here().config),
        "most": missing.MOST,
    }


def _phone_names(*shown: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of the phones that these came from."""
    wanted = {one["device_id"] for some in shown for one in some if one.get("device_id")}
    return {phone.id: phone.name for phone in devices.these(here().db, sorted(wanted))}


@blueprint.get("/questions/conflicts/<path:conflict>")
@may("see_set_aside")
def show_conflict(conflict: str) -> str:
    """Two contents under one number, side by side where they differ, for those who may see answers."""
    db = here().db
    now, other = aside.conflict(db, conflict, access.submission_scope_of(db, g.account))
    sees = g.account.may("see_returnee")
    if sees:
        about = (now or {}).get("touches") or []
        access.noted(db, g.account, "look", about, ("answers that differ",))
    return render_template(
        "conflict.html",
        key=conflict,
        now=now,
        other=other,
        differing=_differing(db, now, other) if sees else None,
        titles=form_titles(db),
        phone_names=_phone_names([one for one in (now, other) if one]),
    )


@blueprint.post("/questions/conflicts/<path:conflict>")
@may("see_set_aside")
def settle_conflict(conflict: str) -> Response:
    """Say which of the two counts. Neither is thrown away."""
    other_counts = request.form.get("counts") == "other"
    _settle(aside.let_other_count if other_counts else aside.keep_what_counts, conflict)
    noted("decision", "conflict settled", counts="other" if other_counts else "first", record=conflict)
    return _settled()


@blueprint.post("/questions/refused/<refused>")
@may("see_set_aside")
def settle_refused(refused: str) -> Response:
    """Take in a record whose form is here by now, or say that somebody dealt with it."""
    takes_in = request.form.get("do") == "replay"
    _settle(aside.replay_refused if takes_in else aside.put_aside, refused)
    noted("decision", "refused record taken in" if takes_in else "refused record put aside")
    return _settled()


@blueprint.post("/questions/phones/<device_id>")
@may("see_set_aside")
def settle_unarrived(device_id: str) -> Response:
    """Somebody asked the worker for the records that did not arrive from this phone."""
    db = here().db
    if device_id not in devices.within(db, access.submission_scope_of(db, g.account)):
        raise Problem("device.unregistered")
    ledger.settle(db, device_id, by=g.account.user, at=here().now())
    phone_noted("missing records looked into", device_id)
    return _settled()


@blueprint.post("/questions/hours")
@may("see_set_aside")
def set_missing_hours() -> Response:
    """After how many hours a file or a record that did not come is missed."""
    text = request.form.get("hours", "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 999):
        raise Problem("page.number_invalid", least=1, most=999)
    hours = int(text[:4])
    programme.set_missing_hours(here().db, hours, by=g.account.user, at=here().now())
    noted("configuration", "hours until files and records are missed", hours=hours)
    return redirect(url_for("people.show_questions"), 303)


def _settle(settle: Callable[..., object], what: str) -> None:
    """Do this with what was kept aside, if it is the reader's; the worker goes on with it."""
    db = here().db
    settle(db, what, access.submission_scope_of(db, g.account), by=g.account.user, at=here().now())
    here().wake()


def _settled() -> Response:
    return redirect(url_for("people.show_questions", settled="yes"), 303)


def _differing(db: Db, now: Document | None, other: Document) -> list[dict[str, Any]]:
    """The questions answered differently, in the form's words and order; [] where nothing can be compared."""
    if now is None or not all(forms.exists(db, one["form_id"], one["form_version"]) for one in (now, other)):
        return []
    form = forms.form_definition(db, other["form_id"], other["form_version"])
    said = [_answers(db, one) for one in (now, other)]
    paths = dict.fromkeys([*said[0], *said[1]])
    rows = []
    for path in paths:
        first, second = (answers.get(path) for answers in said)
        if (first and first.value) != (second and second.value):
            known = first or second
            label = form.labels.get(form.paths.get(known.name, ""), {}) if known else {}
            words = [_words(form, answer) for answer in (first, second)]
            rows.append({"label": label or path, "words": words})
    return rows


def _answers(db: Db, submission: Mapping[str, Any]) -> dict[str, Answer]:
    form = forms.form_definition(db, submission["form_id"], submission["form_version"])
    try:
        root = root_of(bytes(submission["xml"]))
    except Problem:
        return {}
    contents = contents_of(root, form, submission["received_at"])
    return {answer.path: answer for answer in contents.answers}


def _words(form: FormDefinition, answer: Answer | None) -> list[Any]:
    """An answer in the form's words: a list of texts by language."""
    if answer is None:
        return []
    choices = form.choices.get(form.paths.get(answer.name, ""), {})
    values: list[Value] = list(answer.value) if isinstance(answer.value, list) else [answer.value]
    return [choices.get(str(value), str(value)) for value in values]
