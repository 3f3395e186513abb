"""Runs JavaRosa's own results (vectors) against our evaluator; used by test_xpath_vectors.

Two ways: as the phone sees the answers (instance, typed calculates, relevance), and as the server does
(the submission's text, bind types, static types of the calculates).
"""

import gzip
import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from sync.core.xpath import (
    Expression,
    Node,
    Session,
    StaticType,
    Tree,
    XPathError,
    compile_expression,
    read_tree,
    to_boolean,
    to_string,
    written,
)
from sync.core.xpath.dates import Moment

NOW = datetime.fromisoformat("2026-03-15T10:20:30+07:00")
TEMPLATE = "{http://openrosa.org/javarosa}template"
KINDS = {bool: "boolean", float: "number", str: "string", Moment: "date"}


def read_vectors(path: Path) -> dict[str, Any]:
    """The vectors in a .json or .json.gz file."""
    content = path.read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return found


def _place(path: str) -> tuple[str, list[int]]:
    names, places = [], []
    for step in path.strip("/").split("/"):
        name, _, place = step.partition("[")
        names.append(name)
        places.append(int(place.rstrip("]") or 1))
    return "/" + "/".join(names), places


def _node_at(tree: Tree, path: str) -> Node | None:
    generic, places = _place(path)
    for node in tree.find(generic):
        if [step.place for step in node.chain()] == places:
            return node
    return None


class Situation:
    """One context of the vectors, in which its expressions are evaluated."""

    def __init__(self, context: dict[str, Any], vector: dict[str, Any], *, as_server: bool) -> None:
        self.context = context
        self.target, _ = _place(context["target"])
        zone = ZoneInfo(vector.get("tz", "Asia/Phnom_Penh"))
        tree = self._server_tree() if as_server else self._phone_tree()
        lists = {name: _list(rows) for name, rows in context.get("secondary", {}).items()}
        self.session = Session(
            tree, NOW, zone, lists, locale=vector.get("locale", "en"), chance=random.Random(1)
        )
        if not as_server:
            self._leave_out_what_is_not_relevant()
            self._calculate()

    def _server_tree(self) -> Tree:
        root = etree.fromstring(self.context["submission_xml"].encode())
        return read_tree(root, self.context["types"], calculate_types_of(self.context))

    def _phone_tree(self) -> Tree:
        root = etree.fromstring(self.context["instance_xml"])
        if self.context["xform"].count('<data id="v" version="3"'):
            root.set("id", "v")
            root.set("version", "3")
        for template in [node for node in root.iter() if TEMPLATE in node.attrib]:
            template.getparent().remove(template)
        for node in root.iter():
            node.text = (node.text or "").strip()  # defaults are trimmed on load, answers are not
        for path, answer in self.context.get("answers", {}).items():
            root.find("./" + path.split("/", 2)[2]).text = answer
        return read_tree(root, self.context["types"])

    def _leave_out_what_is_not_relevant(self) -> None:
        for path, condition in self.context.get("relevant", {}).items():
            expression = compile_expression(condition, context=path)
            for node in self.session.tree.find(path):
                if not to_boolean(expression.evaluate(self.session, node)):
                    self.session.tree.hidden.add(node)
        self.session.forget()

    def _calculate(self) -> None:
        for path, formula in self.context.get("calculate", {}).items():
            (node,) = self.session.tree.find(path)
            node.set_value(compile_expression(formula, context=path).evaluate(self.session), self.session)
            self.session.forget()

    def evaluate(self, expression: Expression) -> Any:
        """The value at the context's target."""
        return expression.evaluate(self.session, _node_at(self.session.tree, self.context["target"]))


def calculate_types_of(context: dict[str, Any]) -> dict[str, StaticType]:
    """Static types of the context's calculates."""
    found: dict[str, StaticType] = {}
    for path, formula in context.get("calculate", {}).items():
        found[path] = compile_expression(formula, context=path).static_type(context["types"], found)
    return found


def _list(rows: list[dict[str, str]]) -> Any:
    root = etree.Element("root")
    for row in rows:
        item = etree.SubElement(root, "item")
        for name, value in row.items():
            etree.SubElement(item, name).text = value
    return root


def differences(vector: dict[str, Any], context: dict[str, Any], *, as_server: bool) -> Iterator[str]:
    """What our result for a vector differs in, e.g. `result_string: '5' instead of '5.0'`."""
    try:
        expression = compile_expression(vector["expression"], context=_place(context["target"])[0])
    except XPathError as error:
        if vector.get("error_when") != "parse":
            yield f"not read: {error}"
        return
    if vector.get("error_when") == "parse":
        yield "read, though the engine refuses it"
        return
    try:
        value = Situation(context, vector, as_server=as_server).evaluate(expression)
    except XPathError as error:
        if vector.get("error_when") != "evaluation":
            yield f"not evaluated: {error}"
        return
    if "error" in vector:
        yield f"{value!r} instead of an error"
        return
    found = {
        "result_type": KINDS[type(value)],
        "result_boolean": to_boolean(value),
        "string_value": written(to_string(value)) or "",
    }
    if not vector.get("absent"):
        found["result_string"] = written(value) or ""
    for name, ours in found.items():
        if vector[name] != ours:
            yield f"{name}: {ours!r} instead of {vector[name]!r}"
    yield from _other_types(value, vector["as_type"])


def _other_types(value: Any, as_type: dict[str, str | None]) -> Iterator[str]:
    for bind_type, theirs in as_type.items():
        try:
            ours: str | None = written(value, bind_type) or ""
        except XPathError:
            ours = None
        if ours != theirs:
            yield f"as {bind_type}: {ours!r} instead of {theirs!r}"
