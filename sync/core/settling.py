"""What people can answer to what a record asks, and whether an answer fits."""

import re
from collections.abc import Mapping

from sync.core.entity_change import LABEL
from sync.core.entity_steps import ANOTHER, AS_IT_IS, HERS, NOW, OUT
from sync.core.problem import Problem
from sync.core.record import WHO_SHE_IS

SOMEBODYS = "somebodys"
"""It is about a person who is registered under another number: the two numbers become one."""

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "entity.unknown": (SOMEBODYS, NOW, OUT),
    "entity.id_malformed": (SOMEBODYS, NOW, OUT),
    "entity.purged": (OUT,),
    "entity.not_declared": (NOW, OUT),
    "entity.exists": (HERS, ANOTHER, OUT),
    "entity.base_malformed": (NOW, AS_IT_IS),
    "entity.held": (NOW,),
    "entity.forced": (AS_IT_IS,),
    "entity.conflict": (AS_IT_IS,),
    "entity.crossed": (AS_IT_IS,),
    "entity.label_missing": (AS_IT_IS,),
}
"""Code of what is asked -> the answers it can have."""
ALL_ANSWERS = tuple(dict.fromkeys(answer for some in ANSWERS.values() for answer in some))

LONGEST_VALUE = 255
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_answer(code: str, answer: str, values: Mapping[str, str]) -> None:
    """Whether this can be answered to that question.

    Raises Problem decision.nothing_to_decide, decision.values_unreadable.
    """
    if answer not in ANSWERS.get(code, ()):
        raise Problem("decision.nothing_to_decide")
    if values and answer != AS_IT_IS:
        raise Problem("decision.values_unreadable")
    check_values(values)


def check_values(values: Mapping[str, str], known: Mapping[str, str] | None = None) -> None:
    """Whether these can be properties of a row. Raises Problem decision.values_unreadable.

    `known`: the properties of the row, where it must be one of them or a thing we know by name.
    """
    allowed = {LABEL, *WHO_SHE_IS, *(known or {})}
    for name, value in values.items():
        fits = _NAME.fullmatch(name) and len(value) <= LONGEST_VALUE and not _CONTROL.search(value)
        if not fits or (known is not None and name not in allowed):
            raise Problem("decision.values_unreadable")
