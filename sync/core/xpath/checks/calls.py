"""Checks of function calls."""

import math
import re
from collections.abc import Callable

from sync.core.xpath.checks.facts import Facts, Here, did_you_mean
from sync.core.xpath.checks.selects import check_choice
from sync.core.xpath.date_format import NUMERIC_CODES
from sync.core.xpath.dates import days_from_text
from sync.core.xpath.errors import XPathError
from sync.core.xpath.functions import FUNCTIONS
from sync.core.xpath.numbers import number_from_text
from sync.core.xpath.regex import pattern_from
from sync.core.xpath.syntax import Binary, Call, Negative, Number, Path, Text, walk

_RULES = frozenset(
    [
        "and",
        "or",
        "not",
        "true",
        "false",
        "boolean",
        "int",
        "round",
        "abs",
        "number",
        "string",
        "if",
        "coalesce",
        "selected",
        "is-selected",
        "count-selected",
        "count",
        "count-non-empty",
        "sum",
        "min",
        "max",
        "date",
        "today",
        "now",
        "decimal-date-time",
        "format-date",
        "format-date-time",
        "concat",
        "join",
        "contains",
        "starts-with",
        "ends-with",
        "string-length",
        "normalize-space",
        "substr",
        "regex",
        "boolean-from-string",
        "checklist",
        "weighted-checklist",
        "position",
        "distance",
        "geofence",
    ]
)
"""The functions rules may use: their results are the same on every phone and here."""

_WHY_NOT = {
    "once": "remembers its first value on the phone, which the server cannot repeat",
    "random": "gives another number every time",
    "uuid": "gives another text every time",
    "randomize": "gives another order every time",
    "property": "depends on the phone",
    "version": "depends on the form's version",
    "pulldata": "looks into a file that only the phone has; use instance('list')/root/item[…] instead",
    "search": "works only in the phone's choice lists",
    "indexed-repeat": "is replaced by conditions: write the repeat's path with [position() = 1]",
}
_POSSESSIVE = re.compile(r"(?<!\\)[*+?}]\+")


def node_arguments(call: Call) -> frozenset[int]:
    """Which arguments of a call may be several nodes."""
    count = len(call.arguments)
    match call.name:
        case "count" | "count-non-empty" | "sum" | "randomize" | "position" | "area" | "enclosed-area":
            return frozenset({0})
        case "min" | "max" | "concat" | "distance":
            return frozenset({0} if count == 1 else ())
        case "join":
            return frozenset({1} if count == 2 else ())
        case "geofence":
            return frozenset({1})
        case "checklist":
            return frozenset({2} if count == 3 else ())
        case "weighted-checklist":
            return frozenset({2, 3} if count == 4 else ())
    return frozenset()


def check_call(call: Call, here: Here, facts: Facts) -> None:
    """Finds what is wrong with a call itself; its arguments are checked on their own."""
    function = FUNCTIONS.get(call.name)
    if call.name not in _RULES:
        why = _WHY_NOT.get(call.name)
        if why:
            facts.refuse(f"{call.name}() cannot be used in a rule: it {why}.")
        elif function is None and call.name not in ("current", "instance"):
            facts.refuse(f"There is no function {call.name}().{did_you_mean(call.name, _RULES, '{}()')}")
        else:
            facts.refuse(f"{call.name}() is not among the functions that rules may use.")
        return
    if function is not None and not function.takes(len(call.arguments)):
        facts.refuse(f"{call.name}() is given {len(call.arguments)} values. {_takes(call.name)}")
        return
    special = _SPECIAL.get(call.name)
    if special:
        special(call, here, facts)


def _takes(name: str) -> str:
    function = FUNCTIONS[name]
    if function.most is None:
        return f"It takes at least {function.least}."
    if function.least == function.most:
        return f"It takes {function.least}."
    return f"It takes {function.least} to {function.most}."


def _selected(call: Call, here: Here, facts: Facts) -> None:
    answer = call.arguments[0]
    kind = facts.kind(answer, here)
    in_form = isinstance(answer, Path) and facts.where(answer, here) in facts.known
    if kind != "string" or (in_form and not facts.is_select(answer, here)):
        name = facts.label(answer, here) if isinstance(answer, Path) else "The first value"
        facts.refuse(f"{name} is not a select question, so {call.name}() cannot look into it.")
        return
    if call.name == "count-selected":
        return
    choice = call.arguments[1]
    if isinstance(choice, Text):
        check_choice(answer, choice.value, here, facts)
        if not choice.value.strip():
            facts.refuse(f"{call.name}() with an empty choice is true when nothing is chosen. Write = ''.")
    elif facts.kind(choice, here) != "string":
        facts.refuse(f"The choice in {call.name}() must be in quotes, as in selected(${{question}}, '1').")


def _whole_days(call: Call, here: Here, facts: Facts) -> None:
    value = call.arguments[0]
    if isinstance(value, Text) and days_from_text(value.value.partition("T")[0]) is None:
        facts.refuse(f"'{value.value}' is no date. Write it as yyyy-mm-dd, for example '2026-03-15'.")


def _round(call: Call, here: Here, facts: Facts) -> None:
    if len(call.arguments) < 2:
        return
    places = call.arguments[1]
    if not isinstance(places, Number) or places.value != int(places.value) or places.value > 15:
        facts.refuse(
            "round() needs the number of decimals as a plain number, 0 or more: round(x, 2). Negative ones "
            "round wrongly on the phone."
        )


def _maximum(call: Call, here: Here, facts: Facts) -> None:
    for argument in call.arguments:
        for part in walk(argument):
            if isinstance(part, Negative) or (isinstance(part, Binary) and part.operator == "-"):
                facts.refuse(
                    "max() gives a wrong result on the phone when all values are negative, as they may "
                    "be here. Use if(${a} > ${b}, ${a}, ${b}) instead."
                )
                return


def _format(call: Call, here: Here, facts: Facts) -> None:
    pattern = call.arguments[1]
    if not isinstance(pattern, Text):
        facts.refuse(f"{call.name}() needs its pattern in quotes, as in format-date(${{day}}, '%Y-%m-%d').")
        return
    for code in re.findall(r"%(.?)", pattern.value):
        if code not in NUMERIC_CODES:
            facts.refuse(
                f"“%{code}” in {call.name}() gives other texts on other phones, or none. Use only %Y %y "
                "%m %n %d %e %H %h %M %S."
            )


def _regex(call: Call, here: Here, facts: Facts) -> None:
    pattern = call.arguments[1]
    if not isinstance(pattern, Text):
        facts.refuse("regex() needs its pattern in quotes.")
        return
    if "\\p" in pattern.value or "\\P" in pattern.value or "&&" in pattern.value:
        facts.refuse("regex(): \\p{…} and && differ between phones. Write the letters, as in [a-z].")
        return
    if _POSSESSIVE.search(pattern.value):
        facts.refuse("regex(): *+, ++ and ?+ are not for rules. Write *, + or ?.")
        return
    try:
        found = pattern_from(pattern.value)
    except XPathError as error:
        facts.refuse(str(error))
        return
    if found.is_risky:
        facts.refuse(
            "regex(): a repetition inside a repetition, such as ([a-z]+ ?)+, can stop the phone. Write the "
            "pattern without it, for example [a-z ]+."
        )


def _counted(call: Call, here: Here, facts: Facts) -> None:
    path = call.arguments[0]
    if not isinstance(path, Path):
        facts.refuse(f"{call.name}() needs one question or repeat, for example {call.name}(${{age}}).")
        return
    where = facts.where(path, here)
    if not where:
        if call.name == "count-non-empty":
            facts.refuse("count-non-empty() does not work on lists. Use count(…/item[column != '']).")
    elif call.name == "count" and not any(f"{where}/".startswith(f"{r}/") for r in facts.repeats):
        facts.warn(
            f"count({facts.label(path, here)}) counts the question, not its answer: it is 1 also when empty. "
            "Use count-selected() or count-non-empty()."
        )


def _pairs(call: Call, here: Here, facts: Facts) -> None:
    if len(call.arguments) < 4 or len(call.arguments) % 2:
        facts.refuse("weighted-checklist() needs a minimum, a maximum, then pairs: condition, weight.")


def _limits(call: Call, here: Here, facts: Facts) -> None:
    for limit in call.arguments[:2]:
        if isinstance(limit, Text) and math.isnan(number_from_text(limit.value)):
            facts.refuse(
                "checklist() begins with two numbers: how many must hold at least, and at most (-1: any)."
            )


_SPECIAL: dict[str, Callable[[Call, Here, Facts], None]] = {
    "selected": _selected,
    "is-selected": _selected,
    "count-selected": _selected,
    "date": _whole_days,
    "round": _round,
    "max": _maximum,
    "format-date": _format,
    "format-date-time": _format,
    "regex": _regex,
    "count": _counted,
    "count-non-empty": _counted,
    "sum": _counted,
    "checklist": _limits,
    "weighted-checklist": _pairs,
}
