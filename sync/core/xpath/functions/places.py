"""Distances, areas and fences."""

from collections.abc import Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, text_run
from sync.core.xpath.functions.nodes import node_set
from sync.core.xpath.functions.registry import Function
from sync.core.xpath.geo import Place, area_m2, distance_m, is_inside, parts_of, place_from
from sync.core.xpath.numbers import TRIMMED
from sync.core.xpath.values import Nodes, to_string


def _places(nodes: Nodes) -> list[Place]:
    texts = [to_string(value) for value in nodes.values()]
    if len(texts) == 1:  # one node may be a whole trace or shape
        texts = [part.strip(TRIMMED) for part in parts_of(texts[0])]
    return [place_from(text) for text in texts]


def _distance(arguments: Sequence[Piece]) -> Run:
    if len(arguments) > 1:
        texts = [text_run(argument) for argument in arguments]
        return lambda frame: distance_m([place_from(text(frame)) for text in texts])
    run = arguments[0].run

    def distance(frame: Frame) -> float:
        result = run(frame)
        if isinstance(result, Nodes):
            return distance_m(_places(result))
        if isinstance(result, str):
            return distance_m([place_from(part) for part in parts_of(result)])
        raise XPathError("distance() needs places: a question, or a text with ; between the places.")

    return distance


def _area(arguments: Sequence[Piece]) -> Run:
    nodes = node_set(arguments[0], "area")
    return lambda frame: area_m2(_places(nodes(frame)))


def _geofence(arguments: Sequence[Piece]) -> Run:
    place, nodes = text_run(arguments[0]), node_set(arguments[1], "geofence")

    def geofence(frame: Frame) -> bool:
        where = place_from(place(frame))
        return is_inside(where, _places(nodes(frame)))

    return geofence


FUNCTIONS = {
    "distance": Function(1, None, "number", _distance),
    "area": Function(1, 1, "number", _area),
    "enclosed-area": Function(1, 1, "number", _area),
    "geofence": Function(2, 2, "boolean", _geofence),
}
