"""`check`: one rule against the form it belongs to. Source: xpath_semantics, section 9."""

from collections.abc import Collection, Mapping
from typing import Literal

from sync.core.xpath.checks.calls import check_call, node_arguments
from sync.core.xpath.checks.facts import Facts, Findings, Here
from sync.core.xpath.checks.operators import check_binary, check_not, guards_in
from sync.core.xpath.checks.paths import check_path, predicates_of
from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import StaticType
from sync.core.xpath.parser import parse
from sync.core.xpath.syntax import Binary, Call, Expr, Path, Text, Unsupported, children


def check(
    text: str,
    *,
    names: Mapping[str, str],
    types: Mapping[str, str],
    repeats: Collection[str] = (),
    selects: Mapping[str, Collection[str]] | Collection[str] = (),
    calculates: Mapping[str, StaticType] | None = None,
    lists: Mapping[str, Collection[str]] | None = None,
    context: str = "",
    result: Literal["condition", "number", "any"] = "any",
) -> Findings:
    """What is wrong (refusals) or doubtful (warnings) in a formula, in a coordinator's words.

    names       question name -> absolute path
    types       absolute path -> bind type, of every question and calculate
    repeats     absolute paths of the repeats
    selects     absolute paths of the select questions, with the names of their choices where known
    calculates  absolute path -> static type of a calculate (`Expression.static_type`)
    lists       list name -> its columns, for instance('…'); None: not checked
    context     absolute path of the node that carries the formula, "" for none
    result      what the formula is for: a condition must be true or false, a score a number
    """
    choices = selects if isinstance(selects, Mapping) else dict.fromkeys(selects, ())
    facts = Facts(
        names=names, types=types, repeats=repeats, selects=choices,
        calculates=calculates or {}, lists=lists, context=context,
    )  # fmt: skip
    try:
        expr = parse(text, names)
    except XPathError as error:
        return Findings((str(error),), ())
    here = Here(context)
    guarded = guards_in(expr, here, facts)
    _check(expr, here, facts, guarded, as_nodes=False)
    _check_result(expr, here, facts, result)
    return Findings(tuple(facts.refusals), tuple(facts.warnings))


def _check(expr: Expr, here: Here, facts: Facts, guarded: frozenset[str], *, as_nodes: bool) -> None:
    match expr:
        case Path():
            check_path(expr, here, facts, as_nodes=as_nodes)
            for inside, predicate in predicates_of(expr, here, facts):
                known = guarded | guards_in(predicate, inside, facts)
                _check(predicate, inside, facts, known, as_nodes=False)
            return
        case Call():
            _check_call(expr, here, facts, guarded)
            return
        case Binary():
            check_binary(expr, here, facts, guarded)
        case Unsupported(reason=reason):
            facts.refuse(reason)
        case Text(value=value) if "${" in value:
            facts.refuse(f"${{…}} inside quotes ('{value}') is not replaced. Use concat() to join texts.")
    for child in children(expr):
        _check(child, here, facts, guarded, as_nodes=False)


def _check_call(call: Call, here: Here, facts: Facts, guarded: frozenset[str]) -> None:
    check_call(call, here, facts)
    if call.name == "not":
        check_not(call, here, facts, guarded)
    nodes = node_arguments(call)
    for index, argument in enumerate(call.arguments):
        _check(argument, here, facts, guarded, as_nodes=index in nodes)


def _check_result(expr: Expr, here: Here, facts: Facts, result: str) -> None:
    kind = facts.kind(expr, here)
    if result == "any" or facts.refusals:
        return
    if result == "number" and kind not in ("number", "boolean"):
        facts.refuse("The formula must give a number; this gives a text, a date, or sometimes one of them.")
    elif result == "condition" and kind == "number":
        facts.refuse("The condition must be true or false; this gives a number. Write, for example, > 0.")
    elif result == "condition" and kind != "boolean":
        facts.refuse(
            "The condition must be true or false; this gives an answer, and every answer counts as true, "
            "also “no”. Compare it, for example = 'yes'."
        )
