"""From records and decisions to the changes of a row."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sync.core.decision import Decision
from sync.core.entity_blocks import EntityAction, is_branch, number_of
from sync.core.entity_change import LABEL, Settled, Step
from sync.core.entity_list import PEOPLE
from sync.core.merging import joined_to
from sync.core.record import Record
from sync.core.times import local_date

CHOICE = "choice"
"""Where a decision's details hold the answer."""
NOW, HERS, ANOTHER, OUT, AS_IT_IS = "now", "hers", "another", "out", "as_it_is"
CHOICES = (NOW, HERS, ANOTHER, OUT, AS_IT_IS)
"""Answers to what a record asks: put it in now; it is of the same person; it is of another person, who came
under a number that is taken; it is to count for nothing; the row is right as it is, or with the values that
come along."""

BASE_MALFORMED = "entity.base_malformed"


def steps_of(records: Iterable[Record], entity_ids: Iterable[str]) -> list[Step]:
    """What these records change in the row of the person with these entity IDs."""
    members = set(entity_ids)
    found = []
    for record in records:
        acting = [
            one
            for one in record.entities
            if one.entity_list == PEOPLE and one.entity_id in members and (one.create or one.update)
        ]
        for place, action in enumerate(acting):
            found.append(_step(record, action, f"\n{place + 1}" if place else ""))
    return found


def _step(record: Record, action: EntityAction, place: str) -> Step:
    """One block; a further one about the same person in the same record counts by itself."""
    base, trunk = number_of(action.base_version), number_of(action.trunk_version)
    values = dict(action.properties) | ({LABEL: action.label} if action.label else {})
    key = record.instance_id + place
    return Step(
        key=key,
        home=action.entity_id,
        order=(record.at, record.received_at, key),
        received_at=record.received_at,
        received_on=local_date(record.received_at),
        values=values,
        create=action.create,
        update=action.update,
        base=base,
        trunk=trunk,
        branch=action.branch_id.lower(),
        replaces=record.deprecated_id + place if record.deprecated_id else "",
        fault=action.fault or _fault(action, base, trunk),
    )


def _fault(action: EntityAction, base: int | None, trunk: int | None) -> str:
    """Code of what cannot be right in the versions of a block."""
    odd_trunk = action.trunk_version and (trunk is None or not action.branch_id)
    odd_branch = action.branch_id and not is_branch(action.branch_id)
    odd_base = base is None and (action.base_version or not action.create)
    return BASE_MALFORMED if action.update and (odd_trunk or odd_branch or odd_base) else ""


def anothers_id(instance_id: str, entity_id: str) -> str:
    """The number of the person whose registration in this record came under a number that is taken.

    It follows from the two, so that a rebuild gives her the same; in shape it is one that a phone makes.
    """
    digest = sha256(f"{instance_id}\n{entity_id}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def out_of(decisions: Iterable[Decision]) -> frozenset[str]:
    """Instance IDs of records that somebody said are to count for nothing."""
    return frozenset(
        one.about for one in decisions if one.kind == "settle" and one.details.get(CHOICE) == OUT
    )


def settled_by(
    entity_id: str, decisions: Sequence[Decision], merges: Mapping[str, Decision]
) -> tuple[Settled, list[Step]]:
    """What people said about the changes of this row, and the changes they made themselves.

    `decisions`: all about her and whoever was ever merged with her; `merges`: those in force. A merge and its
    undoing are changes too: phones must see that the row is another.
    """
    joined = joined_to(entity_id, merges)
    said = [one for one in decisions if one.kind == "settle" and one.entity_id in (entity_id, *joined)]
    looked: dict[str, datetime] = {}
    for one in said:
        looked[one.about] = max(one.at, looked.get(one.about, one.at))
    steps = [_decided(one, one.entity_id, one.values) for one in said if one.values]
    steps += [_decided(merges[home], merges[home].about, merges[home].values) for home in joined]
    steps += [_decided(one, entity_id, {}) for one in _undone(entity_id, decisions)]
    return (
        Settled(
            at_once={one.about for one in said if one.details.get(CHOICE) == NOW},
            as_hers={one.about for one in said if one.details.get(CHOICE) == HERS},
            looked=looked,
            joined={home: _decided(merge, entity_id, merge.values) for home, merge in joined.items()},
        ),
        steps,
    )


def _undone(entity_id: str, decisions: Sequence[Decision]) -> list[Decision]:
    """The merges of hers that were taken back, as the decisions that did it."""
    hers = {
        one.decision_id
        for one in decisions
        if one.kind == "merge" and entity_id in (one.entity_id, one.about)
    }
    return [one for one in decisions if one.kind == "unmerge" and one.about in hers]


def _decided(decision: Decision, home: str, values: Mapping[str, str]) -> Step:
    return Step(
        key=decision.decision_id,
        home=home,
        order=decision.order,
        received_at=decision.at,
        received_on=local_date(decision.at),
        values=values,
        decided=True,
    )
