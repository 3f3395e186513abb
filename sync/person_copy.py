"""A copy of everything about one person, for that person: what she said, what was made of it, who saw it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sync.core.watch import with_sentences
from sync.store import assessments, audit, decisions, forms, records, submissions
from sync.store.connect import Db
from sync.store.settling import files_of

SHOWN_OF_A_FILE = (
    "case_code", "status", "registered_on", "person", "consent", "risk", "scores", "follow_ups", "alerts",
    "assessments", "referrals", "tracing", "identification",
)  # fmt: skip


def copy_of(db: Db, file: Mapping[str, Any], *, at: datetime, language: str) -> dict[str, Any]:
    """The copy as one document of plain values; files are named in it by their hash.

    Accounts are named as what they are to her: staff. Nobody else's data is in it, unless she spoke of them.
    """
    entity_id = file["_id"]
    found = submissions.touching(db, [entity_id])
    return {
        "made_at": at.isoformat(),
        "file": {name: file[name] for name in SHOWN_OF_A_FILE if name in file}
        | {"risk": with_sentences(file)},
        "records": [_record(db, submission, language) for submission in found],
        "decisions": [
            {"on": one.on.isoformat(), "kind": one.kind, "reason": one.reason, "level": one.level}
            for one in decisions.about(db, [entity_id])[entity_id]
        ],
        "judged": [
            {"on": one["on"], "level": one["level"], "reason": one["reason"]}
            for one in assessments.about(db, entity_id)
        ],
        "disclosures": disclosures(db, entity_id),
    }


def disclosures(db: Db, entity_id: str, *, limit: int = 1000) -> list[dict[str, Any]]:
    """Who saw her data, took it out or carried it, newest first: at, by, kind, fields, why, what."""
    return [
        {
            "at": row["at"],
            "by": row["by"],
            "kind": row["kind"],
            "fields": row["fields"],
            "why": row.get("why", ""),
            "what": row["more"].get("what", ""),
        }
        for row in audit.about(db, entity_id, limit=limit)
    ]


def _record(db: Db, submission: Mapping[str, Any], language: str) -> dict[str, Any]:
    form_id, version = submission["form_id"], submission["form_version"]
    form = forms.form_definition(db, form_id, version)
    kept = records.find(db, submission["_id"]) or {"answers": [], "on": ""}
    answers = []
    for answer in kept["answers"]:
        path = form.paths.get(answer["name"], "")
        label = form.labels.get(path, {})
        answers.append(
            {
                "question": label.get(language) or label.get("en") or answer["name"],
                "name": answer["name"],
                "answer": _in_words(answer["value"], form.choices.get(path, {}), language),
            }
        )
    return {
        "instance_id": submission["_id"],
        "form": form.title,
        "received_at": submission["received_at"],
        "on": kept["on"],
        "answers": answers,
        "files": [{"name": file["name"], "sha256": file["sha256"]} for file in files_of(submission)],
    }


def _in_words(value: Any, choices: Mapping[str, Mapping[str, str]], language: str) -> str:
    chosen = value if isinstance(value, list) else [value]
    words = [choices.get(str(one), {}) for one in chosen]
    return ", ".join(
        label.get(language) or label.get("en") or str(one) for one, label in zip(chosen, words, strict=True)
    )
