"""Answers by chance, for tests that compare many fillings: every question may be skipped or refused."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sync.core.form import Field, FormDefinition

SKIPPED = 0.12
DECIDED = 0.4
"""Share of fillings by somebody who mostly gives the gravest answer: rare sums occur too."""
FREQUENT: Mapping[str, tuple[str, float]] = {
    # Questions that open the rest of a form: mostly the answer that goes on.
    "private": ("yes", 0.9),
    "con_interview": ("yes", 0.95),
    "con_store": ("yes", 0.95),
    "consents": ("interview store visit", 0.9),
    "outcome": ("done", 0.9),
    "still_ok": ("yes", 0.95),
}


def random_answers(
    form: FormDefinition,
    chance: random.Random,
    *,
    today: date,
    lists: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Answers by question name for `JavaRosa.fill(…, only_what_is_listed=True)`.

    `lists`: question -> names to choose from, where the choices come from a file.
    """
    decided = chance.random() < DECIDED
    answers: dict[str, Any] = {}
    repeats: dict[str, list[dict[str, Any]]] = {
        path: [{} for _ in range(chance.randint(0, 3))] for path in sorted(form.repeats)
    }
    for field in form.fields.values():
        if not field.control or field.control in ("group", "repeat"):
            continue
        choices = [*form.choices.get(field.path, ()), *(lists or {}).get(field.name, ())]
        for holder in repeats[field.repeat] if field.repeat else [answers]:
            answer = _answer(field, choices, chance, today, decided=decided)
            if answer not in ("", []):
                holder[field.name] = answer
    return answers | {form.fields[path].name: found for path, found in repeats.items() if found}


def _answer(
    field: Field, choices: Sequence[str], chance: random.Random, today: date, *, decided: bool
) -> str | list[str]:
    usual, share = FREQUENT.get(field.name, ("", 0.0))
    if decided and field.control == "select1" and not share:
        usual, share = _most(choices), 0.8
    if usual and chance.random() < share:
        return usual
    if chance.random() < (SKIPPED / 6 if decided else SKIPPED):
        return ""
    if field.control == "select1":
        return chance.choice(choices) if choices else ""
    if field.control in ("select", "rank"):
        # Often one alone: "none" and "refused" do not go together with others.
        several = min(len(choices), chance.choice((1, 1, 2, 3, 5)))
        return chance.sample(choices, several) if choices else []
    return _typed(field.type, chance, today)


def _most(choices: Sequence[str]) -> str:
    """The gravest answer: yes, or the number its list ends with; "" where there is none such."""
    numbers = [name for name in choices if name.isdigit()]
    return "yes" if "yes" in choices else "".join(numbers[-1:])


def _typed(kind: str, chance: random.Random, today: date) -> str:
    if kind == "int":
        return str(chance.choice((0, 1, 2, 3, 10, 17, 18, 30, 110)))
    if kind == "decimal":
        return str(chance.choice((0, 0.5, 1, 2.75, 99.9)))
    if kind == "date":
        return (today - timedelta(days=chance.choice((0, 1, 30, 400, -5)))).isoformat()
    return chance.choice(("Dara", "ដារ៉ា", "a b", "1")) if kind == "string" else ""
