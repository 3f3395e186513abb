"""What a person's row asks of people: each question with the record it comes from."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sync.core.decision import Decision
from sync.core.entity_change import LABEL, Ledger, Settled, instance_of
from sync.core.entity_list import PEOPLE
from sync.core.entity_row import Conflict, Row
from sync.core.entity_steps import out_of
from sync.core.merging import merges_in_force
from sync.core.record import Record

Question = dict[str, Any]
URGENCY = (
    "entity.unknown", "entity.purged", "entity.id_malformed", "entity.exists", "entity.not_declared",
    "entity.base_malformed", "entity.conflict", "entity.forced", "entity.held", "entity.crossed",
    "entity.label_missing",
)  # fmt: skip
"""Where one record asks several things, the first of these is shown as its problem."""


def questions_of(entity_id: str, row: Row, settled: Settled) -> list[Question]:
    """What is open about this row, by record."""
    done = settled.looked.keys()
    found: list[Question] = [_asked("entity.exists", key) for key in row.twice]
    found += [
        _asked(one.code, one.key, until=one.until.isoformat()) for one in row.held if one.key not in done
    ]
    found += [_asked("entity.forced", key) for key in row.forced if instance_of(key) not in done]
    found += [_of_conflict(one) for one in row.conflicts if not one.settled]
    birth = row.births.get(entity_id, "")
    if not row.values.get(LABEL, "").strip() and instance_of(birth) not in done:
        found.append(_asked("entity.label_missing", birth))
    return sorted(found, key=lambda one: (one["instance_id"], one["code"]))


def asked_about_nobody(
    entity_id: str, records: Iterable[Record], ledger: Ledger, decisions: Sequence[Decision]
) -> list[Question]:
    """What records ask that name this entity ID while nobody is registered under it."""
    if entity_id in merges_in_force(decisions):
        return []
    out = out_of(decisions)
    found = []
    for record in records:
        for action in record.entities:
            acts = action.create or action.update
            if record.instance_id in out or not acts or action.entity_list != PEOPLE:
                continue
            if action.entity_id == entity_id:
                code = action.fault or ("entity.purged" if ledger.version else "entity.unknown")
                found.append(_asked(code, record.instance_id))
    return found


def most_urgent(questions: Collection[Question]) -> Question | None:
    """The one to show where there is room for one."""
    return min(questions, key=lambda one: URGENCY.index(one["code"]), default=None)


def _asked(code: str, key: str, **more: Any) -> Question:
    return {"code": code, "instance_id": instance_of(key), **more}


def _of_conflict(conflict: Conflict) -> Question:
    return _asked(
        "entity.conflict" if conflict.hard else "entity.crossed",
        conflict.key,
        crossed=sorted({instance_of(key) for key in conflict.crossed}),
    )


def clashes_of(row: Row) -> list[dict[str, str]]:
    """What open conflicts are about: the property, the value found and the value sent, by record."""
    return [
        {"instance_id": instance_of(one.key), "name": name, "found": found, "sent": sent}
        for one in row.conflicts
        if not one.settled
        for name, (found, sent) in sorted(one.clash.items())
    ]
