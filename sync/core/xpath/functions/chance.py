"""What depends on chance. Only randomize() with a seed can be repeated on the server."""

import hashlib
import math
import uuid
from collections.abc import Callable, Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, number_run
from sync.core.xpath.functions.nodes import node_set
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.numbers import to_int, to_long
from sync.core.xpath.tree import Node
from sync.core.xpath.values import Nodes, Result, to_number, unpack

_MODULUS, _MULTIPLIER = 2_147_483_647, 16_807
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _park_miller(seed: int) -> Callable[[], float]:
    """Numbers from 0 up to 1 by Park and Miller's generator, the same on every platform."""
    state = math.fmod(float(seed), _MODULUS)
    if state <= 0:
        state += _MODULUS - 1

    def following() -> float:
        nonlocal state
        state = math.fmod(state * _MULTIPLIER, _MODULUS)
        return (int(state) - 1) / (_MODULUS - 1)

    return following


def _shuffled(nodes: Sequence[Node], chance: Callable[[], float]) -> list[Node]:
    """Fisher and Yates's shuffle, inside out."""
    shuffled: list[Node] = []
    for index, node in enumerate(nodes):
        at = int(chance() * (index + 1))
        shuffled.append(node)
        if at != index:
            shuffled[index], shuffled[at] = shuffled[at], node
    return shuffled


def _seed(result: Result) -> int:
    number = to_number(result)
    if number == number:  # noqa: PLR0124  # not NaN
        return to_long(number)
    text = unpack(result)
    if not isinstance(text, str):
        raise XPathError("randomize() needs a number or a text as its seed.")
    if not text:
        return 0
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _randomize(arguments: Sequence[Piece]) -> Run:
    nodes = node_set(arguments[0], "randomize")
    seed = arguments[1].run if len(arguments) == 2 else None

    def randomize(frame: Frame) -> Nodes:
        found = nodes(frame)
        chance = _park_miller(_seed(seed(frame))) if seed else frame.session.chance.random
        return Nodes(_shuffled(found.nodes, chance), frame.session)

    return randomize


def _uuid(arguments: Sequence[Piece]) -> Run:
    if not arguments:
        return lambda frame: str(uuid.UUID(int=frame.session.chance.getrandbits(128), version=4))
    length = number_run(arguments[0])

    def letters(frame: Frame) -> str:
        count = to_int(length(frame))
        if count > 10_000:
            raise XPathError("uuid() was asked for too many characters.")
        return "".join(frame.session.chance.choice(_LETTERS) for _ in range(count))

    return letters


FUNCTIONS = {
    "random": Function(0, 0, "number", lambda _: lambda frame: frame.session.chance.random()),
    "uuid": Function(0, 1, "string", _uuid),
    "randomize": Function(1, 2, "nodes", _randomize),
}
