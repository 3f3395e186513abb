"""Two entity IDs that are one person: which were merged into which, and what of the one goes on in the other.

A merge is a decision like any other: it can be taken back, and both files then come out as if it had never
been made. Nothing is merged by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sync.core.decision import Decision, Kind
from sync.core.record import Record

STAYS_BEHIND: frozenset[Kind] = frozenset({"sign", "close", "reopen", "excuse", "move", "assign"})
"""What was decided about the one who goes and does not count for the one who stays: it was about her plan or
her worker, or it took danger away that nobody weighed against the other's history."""
_NO_EVENTS: frozenset[Kind] = frozenset({"merge", "unmerge", "apart"})
"""What says who is who, and nothing of her."""


def merges_in_force(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Entity ID that was merged away -> the merge, after all that was decided about merging.

    A merge of somebody who is merged already, or into somebody merged into her, counts for nothing.
    """
    found: dict[str, Decision] = {}
    for one in sorted(decisions, key=lambda one: one.order):
        if one.kind == "merge" and one.entity_id not in found:
            if stays(one.about, found) != one.entity_id:
                found[one.entity_id] = one
        elif one.kind == "unmerge":
            merge = found.get(one.entity_id)
            if merge is not None and merge.decision_id == one.about:
                del found[one.entity_id]
    return found


def stays(entity_id: str, merges: Mapping[str, Decision]) -> str:
    """The entity ID under which this one lives on."""
    while entity_id in merges:
        entity_id = merges[entity_id].about
    return entity_id


def joined_to(entity_id: str, merges: Mapping[str, Decision]) -> dict[str, Decision]:
    """Entity ID that lives on in this one -> the last merge on its way, which brought it here."""
    found = {}
    for one in merges:
        last = one
        while merges[last].about in merges:
            last = merges[last].about
        if merges[last].about == entity_id:
            found[one] = merges[last]
    return found


def carried(entity_id: str, joined: Mapping[str, Decision], decisions: Sequence[Decision]) -> list[Decision]:
    """What was decided about her and counts, in order; of merges those in force."""
    in_force = {one.decision_id for one in joined.values()}
    hers = [
        one
        for one in decisions
        if one.entity_id == entity_id or (one.entity_id in joined and one.kind not in STAYS_BEHIND)
    ]
    counts = (one for one in hers if one.kind not in _NO_EVENTS or one.decision_id in in_force)
    return sorted(counts, key=lambda one: one.order)


def with_their_records(
    entity_id: str, joined: Collection[str], records: Iterable[Record], decisions: Iterable[Decision]
) -> list[Decision]:
    """The decisions, those that settle a record with whoever the record is about.

    What was settled while two were one goes back with the record when they are taken apart.
    """
    hers = {entity_id, *joined}
    named = {one.instance_id: {action.entity_id for action in one.entities} for one in records}
    found = []
    for one in decisions:
        if one.kind == "settle" and one.about in named:
            if named[one.about].isdisjoint(hers):
                continue
            if one.entity_id not in hers:
                one = replace(one, entity_id=entity_id)  # noqa: PLW2901
        found.append(one)
    return found
