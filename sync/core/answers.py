"""What was answered in one submission: typed values by question, and what it says about entities."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from lxml import etree

from sync.core.doubts import Doubt, doubts_about
from sync.core.entity_blocks import EntityAction, entities_of, holder_around, local
from sync.core.form import Field, FormDefinition, Value
from sync.core.times import day_from, instant_from, local_date

REFUSED, UNKNOWN = "ref", "unk"
"""Choice names that every select of ours uses; they are answers, but never a *no*."""

PHONE_CLOCK_BELIEVED_DAYS = 60
"""[proposal] A phone's date is believed when it lies at most this far before the day of arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answered question. `value` is typed by the question; what cannot be read so stays text."""

    path: str
    """Absolute, with the place of each repeat: `/data/service[2]/service_type`."""
    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything one submission says, before any rule."""

    answers: tuple[Answer, ...]
    unanswered: frozenset[str]
    """Names of the questions that were shown and left empty; a question that was skipped by its own
    relevance is in neither."""
    entities: tuple[EntityAction, ...]
    at: datetime
    """When it was filled: the phone's clock if that can be believed, else the arrival."""
    on: date
    """The Cambodian day of the visit."""
    by_name: Mapping[str, Value] = field(repr=False)
    """First value of each question; repeats have more, see `answers`."""
    doubts: tuple[Doubt, ...] = ()
    """What cannot be right."""
    shared: Mapping[str, Value] = field(default_factory=dict, repr=False)
    """As `by_name`, without what was answered in a group that holds an entity block of its own."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What stands in each node of the form that was sent and is in no repeat, by its name, be it nothing."""

    @property
    def doubtful(self) -> frozenset[str]:
        """Names of the questions whose answer cannot be right."""
        return frozenset(doubt.name for doubt in self.doubts)


def contents_of(root: etree._Element, form: FormDefinition, received_at: datetime) -> Contents:
    """What this submission says. `root` is its XML, `form` the version it was filled with.

    Answers to questions the form does not have are kept too, as text: they were sent by somebody.
    """
    answers: list[Answer] = []
    unanswered: set[str] = set()
    texts: dict[str, str] = {}
    for path, exact, element in _leaves(root):
        known = form.fields.get(path)
        text = element.text or ""
        if known is not None and known.control == "group":
            continue
        if known is not None and not known.repeat:
            texts[known.name] = text
        if text:
            name = known.name if known else path.rsplit("/", 1)[-1]
            answers.append(Answer(path=exact, name=name, value=typed(text, known)))
        elif known is not None and known.control:
            unanswered.add(known.name)
    by_name = _by_name(answers, form)
    shared, entities = _told_apart(root, form, answers, by_name)
    at, on = _when(by_name, received_at)
    return Contents(
        answers=tuple(answers),
        unanswered=frozenset(unanswered - by_name.keys()),
        entities=entities,
        at=at,
        on=on,
        by_name=by_name,
        doubts=doubts_about(answers, form, on, clock_believed=_clock_believed(by_name, on)),
        shared=shared,
        texts=texts,
    )


def _by_name(answers: Iterable[Answer], form: FormDefinition) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for answer in answers:
        found.setdefault(answer.name, answer.value)
    return found | {name: found[mine] for name, mine in form.also.items() if mine in found}


def _told_apart(
    root: etree._Element, form: FormDefinition, answers: Sequence[Answer], by_name: Mapping[str, Value]
) -> tuple[Mapping[str, Value], tuple[EntityAction, ...]]:
    """What was answered about all of them, and each entity with what was answered in its own group."""
    meta = root.find("{*}meta/{*}instanceID")
    entities = tuple(entities_of(root, form, "" if meta is None else (meta.text or "").strip()))
    holders = [entity.holder for entity in entities if entity.holder.count("/") > 1]
    if not holders:
        return by_name, entities
    around = {answer.path: holder_around(answer.path, holders) for answer in answers}
    shared = _by_name((answer for answer in answers if not around[answer.path]), form)
    own = {
        holder: _by_name((answer for answer in answers if around[answer.path] == holder), form)
        for holder in holders
    }
    return shared, tuple(replace(entity, facts=own.get(entity.holder, {})) for entity in entities)


def typed(text: str, known: Field | None) -> Value:
    """The value this text stands for in a question of that type; text where it cannot be read so."""
    if known is None:
        return text
    if known.control in ("select", "rank"):
        return text.split()
    try:
        if known.type == "int":
            return int(text)
        if known.type == "decimal":
            return float(text)
    except ValueError:
        return text
    return text


def _leaves(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """Every node that can hold an answer: its path, its path with repeat places, the node. Not `meta`."""

    def walk(element: etree._Element, path: str, exact: str) -> Iterator[tuple[str, str, etree._Element]]:
        counted: dict[str, int] = {}
        children = [child for child in element if isinstance(child.tag, str)]
        names = [local(child) for child in children]
        for name, child in zip(names, children, strict=True):
            counted[name] = counted.get(name, 0) + 1
            place = f"[{counted[name]}]" if names.count(name) > 1 else ""
            here, here_exact = f"{path}/{name}", f"{exact}/{name}{place}"
            if name == "meta":
                continue
            if len(child):
                yield from walk(child, here, here_exact)
            else:
                yield here, here_exact, child

    yield from walk(root, f"/{local(root)}", f"/{local(root)}")


def _when(by_name: Mapping[str, Value], received_at: datetime) -> tuple[datetime, date]:
    received_on = local_date(received_at)
    earliest = received_on - timedelta(days=PHONE_CLOCK_BELIEVED_DAYS)

    def believed(day: date | None) -> bool:
        return day is not None and earliest <= day <= received_on

    at = next(
        (
            at
            for name in ("end", "start")
            if (at := instant_from(str(by_name.get(name, "")))) and believed(local_date(at))
        ),
        received_at,
    )
    at = min(at, received_at)
    today = day_from(str(by_name.get("today", "")))
    return at, today if today is not None and believed(today) else local_date(at)


def _clock_believed(by_name: Mapping[str, Value], on: date) -> bool:
    """Whether the phone's own day, where it sent one that can be read, became the day of the visit."""
    days = [day_from(str(by_name[name])) for name in ("today", "end") if name in by_name]
    return all(day is None or abs((day - on).days) <= PHONE_CLOCK_BELIEVED_DAYS for day in days)
