"""One record of a person: every answer in the reader's language, and putting one right."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from flask import g, render_template, request

from server.auth import may
from server.here import here
from server.people import access
from server.people.forms import form_titles
from server.people.level import by_name
from server.people.pages import blueprint
from sync.core.asked import as_asked, newly_asked
from sync.core.correction import Element, node_at, without_places
from sync.core.form import FormDefinition
from sync.core.masking import kind_of, masked
from sync.core.problem import Problem
from sync.core.submission import root_of
from sync.store import decisions, forms, records, submissions
from sync.store.connect import Document

LISTS = ("select1", "select", "rank")


@blueprint.get("/caseload/<code>/records/<path:instance_id>")
@may("see_returnee")
def show_record(code: str, instance_id: str) -> str:
    """Every answer of one of this person's records, and the form to put one right (`?path=`)."""
    file = access.look_at(here().db, g.account, code)
    return record_page(file, record_of(file, instance_id), request.args.get("path", ""))


def record_of(file: Mapping[str, Any], instance_id: str) -> Document:
    """The record, if it is this person's. Raises Problem submission.unknown."""
    found = records.find(here().db, instance_id) if instance_id in file["instances"] else None
    if found is None:
        raise Problem("submission.unknown")
    return found


def record_page(
    file: Mapping[str, Any],
    record: Document,
    path: str = "",
    *,
    fault: str = "",
    given: Mapping[str, str] | None = None,
) -> str:
    """The page of this record; with the form for the answer at `path`, if there is one."""
    db = here().db
    form = forms.form_definition(db, record["form_id"], record["form_version"])
    submission = submissions.find(db, record["_id"])
    made = [
        one
        for one in decisions.about(db, [file["_id"]])[file["_id"]]
        if one.kind == "correct" and one.about == record["_id"]
    ]
    put_right = decisions.corrections(db, [record["_id"]]).get(record["_id"], {})
    sent = root_of(submissions.content_of(submission)) if submission and put_right else None
    lines = list(_lines(record, form, sent, put_right))
    asked, not_asked = _otherwise_asked(sent, put_right, form, record)
    chosen = next((line for line in lines if line["path"] == path), None)
    return render_template(
        "record.html",
        file=file,
        record=record,
        titles=form_titles(db),
        lines=lines,
        chosen=chosen,
        made=list(reversed(made)),
        labels={path: form.labels.get(without_places(path), {}) for path in put_right}
        | {line["path"]: line["label"] for line in lines},
        asked=asked,
        not_asked=not_asked,
        people=by_name(db),
        fault=fault,
        given=given or {},
        new_id=lambda: str(uuid.uuid4()),
    )


def _otherwise_asked(
    sent: Element | None, put_right: Mapping[str, str], form: FormDefinition, record: Document
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The questions a phone would have asked besides, and would not have, after what was put right."""
    if sent is None:
        return [], []
    after = as_asked(sent, put_right, form, at=record["received_at"])
    found = newly_asked(sent, after, form, at=record["received_at"])
    more, fewer = (
        [{"label": form.labels.get(path) or {"en": form.fields[path].name}, "path": path} for path in some]
        for some in found
    )
    return more, [{**one, **_was(sent, str(one["path"]), form)} for one in fewer]


def _was(sent: Element, path: str, form: FormDefinition) -> dict[str, Any]:
    """What was sent in answer to a question that no longer counts."""
    node, known = node_at(sent, path), form.fields[path]
    said = _typed(node.text or "", known.control) if node is not None else ""
    return {
        "value": masked(said, known.privacy, g.account.reader.sight, kind_of(known)),
        "choices": form.choices.get(path, {}) if known.control in LISTS else {},
        "type": known.type,
    }


def _lines(
    record: Document, form: FormDefinition, root: Element | None, put_right: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """What was asked and answered, in form order, with what was sent where that was put right."""
    for answer in record["answers"]:
        question = without_places(answer["path"])
        known = form.fields.get(question)
        if known is None or not known.control:
            continue
        choices = form.choices.get(question, {}) if known.control in LISTS else {}
        sent = node_at(root, answer["path"]) if root is not None and answer["path"] in put_right else None
        yield {
            "path": answer["path"],
            "name": answer["name"],
            "label": form.labels.get(question, {}),
            "value": masked(answer["value"], known.privacy, g.account.reader.sight, kind_of(known)),
            "choices": choices,
            "several": known.control != "select1",
            "type": known.type,
            "sent": None if sent is None else _typed(sent.text or "", known.control),
        }


def _typed(text: str, control: str) -> str | list[str]:
    return text.split() if control in ("select", "rank") else text
