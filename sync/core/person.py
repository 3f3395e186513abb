"""What a person's records say of herself, apart from any risk: who she is, what was agreed, who met her."""

from collections.abc import Mapping, Sequence

from sync.core.answers import REFUSED
from sync.core.decision import Decision
from sync.core.form import Value
from sync.core.planned import DONE, INTAKE
from sync.core.record import WHO_SHE_IS, Record

SCREENING = "screening"
DECEASED = "deceased"
NOT_ALONE = "not_alone"
NUMBERS = frozenset({"age_now", "age_then"})
SEVERAL = frozenset({"contact_way"})
"""Questions of `WHO_SHE_IS` with a number, or several choices, for an answer."""


def known_of(told: Sequence[Record], decisions: Sequence[Decision] = ()) -> dict[str, Value | bool]:
    """What is known about her, each thing as it was last answered; a refusal takes nothing away.

    What somebody settled about her row counts as an answer of that moment; left empty, it takes away.
    """
    return {name: value for name, (value, _) in said_last(told, decisions).items()}


def said_last(
    told: Sequence[Record], decisions: Sequence[Decision] = ()
) -> dict[str, tuple[Value | bool, Record | Decision]]:
    """The same, each with the record or the decision that says so."""
    person: dict[str, tuple[Value | bool, Record | Decision]] = {}
    said: list[tuple[Record | Decision, Mapping[str, Value]]] = [(one, one.facts) for one in told]
    said += [(one, _typed(one.values)) for one in decisions if one.kind in ("settle", "merge")]
    for source, facts in sorted(said, key=lambda one: one[0].order):
        for name in WHO_SHE_IS:
            value, known_as = facts.get(name), "sex" if name == "sex_i" else name
            if value not in (None, "", "ref", "unk"):
                person[known_as] = value, source
            elif value == "" and isinstance(source, Decision):
                person.pop(known_as, None)
    return person


def _typed(values: Mapping[str, str]) -> dict[str, Value]:
    """What a decision says, as records say it."""
    typed: dict[str, Value] = dict(values)
    typed |= {name: int(values[name]) for name in NUMBERS & values.keys() if values[name].isdecimal()}
    return typed | {name: values[name].split() for name in SEVERAL & values.keys() if values[name]}


def places_of(person: Mapping[str, Value | bool]) -> list[str]:
    """The codes of the province, district and commune she lives in, the largest first; never her village.

    Whoever is asked may have named only the larger ones, and a smaller one tells those around it.
    """
    found: set[str] = set()
    for name in ("province", "district", "commune", "village"):
        code = str(person.get(name, "")).partition("-")[0]
        found |= {code[:length] for length in (2, 4, 6) if code.isdigit() and len(code) >= length}
    return sorted(found, key=lambda code: (len(code), code))


def child_by_record(told: Sequence[Record]) -> dict[str, bool]:
    """Whether she counted as a child at each record: under 18, or her age is in doubt (guideline 5)."""
    found: dict[str, bool] = {}
    child = False
    for record in told:
        facts = record.facts
        if facts.get("is_child") in ("yes", "no"):
            child = facts["is_child"] == "yes"
        elif "age_now" in facts or "age_sure" in facts:
            age = facts.get("age_now")
            child = facts.get("age_sure") == "no" or (isinstance(age, int) and age < 18)
        found[record.instance_id] = child
    return found


def outcome_of(record: Record) -> str:
    """What came of going there: `done` when she was met, else the reason why not."""
    outcome = record.facts.get("outcome", DONE)
    if outcome != DONE:
        return str(outcome)
    heard = record.facts.get("private", "yes") != "yes" and record.facts.get("go_how") != "go_on"
    return NOT_ALONE if heard or record.facts.get("overheard") == "yes" else DONE


def visits_wanted(record: Record) -> bool | None:
    """Her word on further visits, where this record asked for it; the last word where it asked twice."""
    if "visit" in _chosen(record, "consent_withdrawn"):
        return False
    for name in ("still_ok", "con_visit"):
        if record.facts.get(name) in ("yes", "no"):
            return record.facts[name] == "yes"
    agreed = _chosen(record, "consents")
    return "visit" in agreed if agreed and REFUSED not in agreed else None


def _chosen(record: Record, name: str) -> list[str]:
    chosen = record.facts.get(name, [])
    return chosen if isinstance(chosen, list) else [str(chosen)]


def status_of(told: Sequence[Record], decisions: Sequence[Decision]) -> str:
    """Where her case stands: screened, presumed, follow_up or closed.

    A presumed victim is treated as one. `screened` only where the first talk gave less than all elements;
    that is never a no (guideline 40).
    """
    closing = [one.kind for one in decisions if one.kind in ("close", "reopen")]
    if any(outcome_of(record) == DECEASED for record in told) or closing[-1:] == ["close"]:
        return "closed"
    if any(record.form_id == INTAKE and outcome_of(record) == DONE for record in told):
        return "follow_up"
    found = next((score.value for score in told[0].scores if score.name == "palermo"), "presumed_victim")
    return "presumed" if found == "presumed_victim" else "screened"


def last_measured(told: Sequence[Record], names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The day each group of instruments was last answered in full, `YYYY-MM-DD`; "" for never."""
    found = dict.fromkeys(names, "")
    for record in told:
        measured = {score.name for score in record.scores if score.value is not None}
        for name, scores in names.items():
            if measured.intersection(scores):
                found[name] = record.on.isoformat()
    return found
