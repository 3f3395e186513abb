"""What must have come out of `tests.e2e.weeks`, as plainly as it can be said."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sync import rebuild
from sync.core.file_parts import phone_row
from sync.core.times import local_date
from sync.store import ledger, orphans
from sync.store.rules import current_rules
from tests.e2e.visits import FOLLOW_UP, INTAKE, SCREENING
from tests.javarosa import Filled

AHEAD = timedelta(days=30)


def wrong(world: Any) -> list[str]:
    """Every difference between the server, the phones and the model; empty when all is well."""
    looks = (_records, _people, _phones, _gaps, _rebuilt, _orphans)
    return [difference for look in looks for difference in look(world)]


def _records(world: Any) -> Iterator[str]:
    stored = {found["_id"]: found for found in world.db.submissions.find()}
    if stored.keys() != world.delivered.keys():
        yield f"records: {sorted(stored.keys() ^ world.delivered.keys())}"
    for name, found in stored.items():
        if found["state"] != "processed":
            yield f"{name} is {found['state']}"
        filled = world.delivered.get(name)
        if filled and bytes(found["xml"]) != filled.xml:
            yield f"{name} is not as it was sent"
        names = {file["name"] for file in found["attachments"]}
        if filled and filled.sent and names != filled.attachments.keys():
            yield f"{name} has the files {sorted(names)}"
    for name in ("conflicting", "refused"):
        if count := world.db[name].count_documents({}):
            yield f"{name}: {count}"


def _people(world: Any) -> Iterator[str]:
    expected: dict[str, list[Filled]] = {}
    on = {filled.instance_id: at for filled, at in world.every_filling()}
    edited_away = {former for edit, former in world.edits.items() if edit in world.delivered}
    created = {f.entity["id"] for f in world.delivered.values() if f.form_id == SCREENING}
    created -= world.merged.keys()
    for filled in world.delivered.values():
        entity_id = filled.entity["id"]
        while entity_id in world.merged:
            entity_id = world.merged[entity_id]
        if filled.instance_id not in edited_away:
            expected.setdefault(entity_id, []).append(filled)
    files = {file["_id"]: file for file in world.db.returnees.find()}
    if files.keys() != created:
        yield f"people: {sorted(files.keys() ^ created)}"
    for entity_id, file in files.items():
        told = expected[entity_id]
        if sorted(file["instances"]) != sorted(filled.instance_id for filled in told):
            yield f"{entity_id} rests on other records"
        met = [f for f in told if f.answer("outcome") in (None, "", "done")]
        # A clock that is fast makes nobody's visit later than the day its record came.
        days = [min(on[one.instance_id], world.received[one.instance_id]) for one in met]
        last_on = max(map(local_date, days))
        if file["last_seen_on"] != last_on.isoformat():
            yield f"{entity_id} was last seen on {file['last_seen_on']}, not {last_on}"


def _phones(world: Any) -> Iterator[str]:
    until = (local_date(world.now) + AHEAD).isoformat()
    for hand in world.hands:
        mates = {other.worker_id for other in world.hands if other.team == hand.team}
        whose = mates if hand.covers == "team" else {hand.worker_id}
        expected = {
            file["_id"]: phone_row(file)
            for file in world.db.returnees.find({"worker_id": {"$in": sorted(whose)}})
            if (file["next_due_on"] or "9") <= until
        }
        rows = hand.phone.lists["people"].rows
        if rows.keys() != expected.keys():
            yield f"list of {hand.worker_id}: {sorted(rows.keys() ^ expected.keys())}"
        for entity_id in rows.keys() & expected.keys():
            row, wanted = rows[entity_id], expected[entity_id]
            here = (row.version, row.label, row.offline, row.properties.get("next_visit"))
            there = (wanted.version, wanted.label, False, wanted.properties["next_visit"])
            if here != there:
                yield f"{hand.worker_id} has {entity_id} as {here}, not {there}"
        if changes := hand.phone.refresh().lists:
            yield f"list of {hand.worker_id} changed by itself: {changes}"


def _gaps(world: Any) -> Iterator[str]:
    for hand in [*world.hands, *world.lost]:
        expected = {}
        for form in (SCREENING, INTAKE, FOLLOW_UP):
            opened = [one for one, _ in hand.filled if one.form_id == form]
            filled = [one for one in opened if one.instance_id not in world.edits]
            numbers = [int(one.answer("running_number") or 0) for one in filled]
            if numbers != list(range(1, len(filled) + 1)):
                yield f"{hand.worker_id} counted {numbers} for {form}"
            # An edit bears the number of the record it replaces.
            came = [int(one.answer("running_number") or 0) for one in opened if _has(world, one)]
            if missing := set(range(1, max(came, default=0))) - set(came):
                expected[form] = tuple(sorted(missing))
        found = {gap.form_id: gap.missing for gap in ledger.gaps(world.db, hand.device_id)}
        if found != expected:
            yield f"missing from {hand.worker_id}: {found}, not {expected}"


def _has(world: Any, filled: Filled) -> bool:
    return filled.instance_id in world.delivered


def _rebuilt(world: Any) -> Iterator[str]:
    rules = current_rules(world.db)
    assert rules is not None
    yield from (f"rebuild: {one}" for one in rebuild.check(world.db, rules, world.now).differences)


def _orphans(world: Any) -> Iterator[str]:
    later = world.now + timedelta(days=400)  # what lies there was put there by the real clock
    yield from (f"{one.count} {one.kind}: {one.some}" for one in orphans.find(world.db, now=later))
