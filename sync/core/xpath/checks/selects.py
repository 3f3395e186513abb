"""Checks of choices: a misspelt choice is silently never chosen."""

from sync.core.xpath.checks.facts import Facts, Here, did_you_mean
from sync.core.xpath.syntax import Expr, Path


def check_choice(answer: Expr, choice: str, here: Here, facts: Facts) -> None:
    """Refuses a choice that the select question does not have."""
    if not isinstance(answer, Path):
        return
    choices = facts.selects.get(facts.where(answer, here), ())
    if choice and choices and choice.strip() not in choices:
        hint = did_you_mean(choice, choices, "'{}'") or f" Its choices are {', '.join(sorted(choices)[:12])}."
        facts.refuse(f"{facts.label(answer, here)} has no choice “{choice}”.{hint}")
