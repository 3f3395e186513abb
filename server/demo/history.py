"""What happens to invented people: forms filled in day by day, handed to the same intake as a phone's.

A form is filled in when it would have been, with the list the worker's phone would have had; what comes
next is whatever the schedule asks for. So a demo shows what the rules in force really do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from server.demo.answers import Visit
from server.demo.filler import fill
from server.demo.people import Person, invent
from server.demo.stage import USER_AGENT, Stage
from server.demo.writing import list_from, uuid_from
from sync import pipeline
from sync.core.entity_list import PEOPLE
from sync.core.file_parts import phone_row
from sync.core.person import SCREENING
from sync.core.submission import parse_submission, root_of
from sync.core.times import PHNOM_PENH
from sync.core.xpath import Tree
from sync.store import returnees, submissions

MOST_VISITS = 9
STOPS_COMING = 0.05
"""[proposal] Share of visits after which nobody goes any more, so that a caseload shows late ones."""
NOT_AT_HOME = 0.08  # [proposal]
SENT_AFTER = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One form to be filled in with one person on one day."""

    form_id: str
    on: date
    number: int
    """0 for the first."""
    file: Mapping[str, Any] | None = None
    """What is known of the person; None before the first form."""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """What became of one invented person."""

    is_new: bool
    """False: they were there already."""
    is_returnee: bool
    """False: the first talk came to nothing."""
    sent: int
    """How many forms."""


def live(stage: Stage, seed: int, number: int) -> Lived:
    """One invented person from the first visit until today; nothing happens to one who is there already."""
    person = invent(seed, number, stage.today)
    worker_id = stage.workers[number % len(stage.workers)]
    first = Errand(form_id=SCREENING, on=person.first_visit_on, number=0)
    if (known := submissions.find(stage.db, _instance_id(person, first))) is not None:
        return Lived(is_new=False, is_returnee=_is_there(stage, known["touches"]), sent=0)
    entity = root_of(_run(stage, person, worker_id, first)).find(".//{*}meta/{*}entity")
    entity_id = "" if entity is None else entity.get("id", "")
    sent = 1
    for errand in _wanted(stage, person, entity_id):
        _run(stage, person, worker_id, errand)
        sent += 1
    return Lived(is_new=True, is_returnee=_is_there(stage, [entity_id]), sent=sent)


def _is_there(stage: Stage, entity_ids: Sequence[str]) -> bool:
    return any(returnees.find(stage.db, entity_id) for entity_id in entity_ids)


def _wanted(stage: Stage, person: Person, entity_id: str) -> Iterator[Errand]:
    """Visits of the schedule, as long as there are some, somebody goes, and they are not in the future.

    Long histories leave out visits here and there, so that they come close to today in a few forms.
    """
    on = person.first_visit_on
    pace = (stage.today - on) / MOST_VISITS
    for number in range(1, MOST_VISITS + 1):
        chance = person.chance(f"visit {number}")
        file = returnees.find(stage.db, entity_id)
        due = _due(file, stage) if file else []
        if not due or chance.random() < STOPS_COMING:
            return
        wanted = next(
            (each for each in due if number > 1 and each[0] >= on + pace), due[-1] if number > 1 else due[0]
        )
        late = timedelta(days=chance.choice((0, 0, 1, 2)))
        on = min(max(on + timedelta(days=1), wanted[0] + late), stage.today)
        yield Errand(form_id=wanted[1], on=on, number=number, file=file)


def _due(file: Mapping[str, Any], stage: Stage) -> list[tuple[date, str]]:
    """(day, form) of every follow-up that waits and is due by now, soonest first."""
    return sorted(
        (date.fromisoformat(each["due_on"]), each["form_id"])
        for each in file["follow_ups"]
        if not each["done_on"] and not each["ended"] and each["form_id"] in stage.forms
        if each["due_on"] <= stage.today.isoformat()
    )


def _run(stage: Stage, person: Person, worker_id: str, errand: Errand) -> bytes:
    """One form, filled in on that day and taken in as if a phone had sent it two hours later."""
    chance = person.chance(f"{errand.form_id} {errand.number}")
    begun = datetime.combine(errand.on, time(8 + chance.randint(0, 8), chance.randint(0, 59)), PHNOM_PENH)
    at = min(begun, stage.now)
    visit = Visit(
        person=person,
        on=errand.on,
        number=errand.number,
        entity_id=errand.file["_id"] if errand.file else "",
        met=errand.number < 2 or chance.random() >= NOT_AT_HOME,
    )
    form = stage.forms[errand.form_id]
    xml = fill(
        form.blank,
        visit.ask,
        now=at,
        metadata={"username": worker_id, "deviceid": USER_AGENT},
        lists={**form.lists_near(person.chance("home")), PEOPLE: _on_phone(errand.file)},
        instance_id=_instance_id(person, errand),
        chance=person.chance("entity"),
    )
    _take_in(stage, xml, worker_id, min(at + SENT_AFTER, stage.now))
    return xml


def _instance_id(person: Person, errand: Errand) -> str:
    return f"uuid:{uuid_from(person.chance(f'instance {errand.number}'))}"


def _on_phone(file: Mapping[str, Any] | None) -> Tree:
    """The list on the worker's phone, as far as this form looks at it: this person's row."""
    if file is None:
        return list_from([])
    row = phone_row(file)
    version = str(row.version)
    branch = str(uuid5(NAMESPACE_URL, f"{row.entity_id} {version}"))
    own = {"name": row.entity_id, "label": row.label, "__version": version}
    return list_from([{**own, "__trunkVersion": version, "__branchId": branch, **row.properties}])


def _take_in(stage: Stage, xml: bytes, worker_id: str, received_at: datetime) -> None:
    submission = parse_submission(xml)
    submissions.keep(
        stage.db,
        submission,
        received_at=received_at,
        worker_id=worker_id,
        device_id=stage.devices[worker_id],
        user_agent=USER_AGENT,
        demo=True,
    )
    stored = submissions.find(stage.db, submission.instance_id)
    if stored is not None:
        pipeline.process(stage.db, [stored], stage.rules, at=received_at)
