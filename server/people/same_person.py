"""The same person? Two files side by side, merged or said to be two by people, and taken apart again."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access, names
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.who_she_is import REASONS, Words, in_order
from server.people.words import language, told
from sync import comparing, who_is_who
from sync.comparing import Choice
from sync.core.decision_check import LONGEST_REASON
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.same_person import possible_same_person
from sync.core.times import cut_to_ms
from sync.store import decisions
from sync.store.rules import current_rules
from sync.who_is_who import Said

ROWS = 50
SIDES = ("one", "other")


@blueprint.get("/duplicates")
@may("see_returnee")
def show_duplicates() -> str:
    """Those who may be one person, what speaks most for it first. Nothing is merged by itself."""
    after = request.args.get("after") or None
    found, goes_on = access.pairs_for(here().db, g.account, limit=ROWS, after=after)
    return render_template(
        "duplicates.html",
        pairs=[{**pair, "lines": [_line(file) for file in pair["files"]]} for pair in found],
        more=goes_on,
        reason_words=REASONS,
        said_apart=request.args.get("done") == "apart",
    )


@blueprint.get("/caseload/<code>/same")
@may("see_returnee")
def choose_other(code: str) -> str | Response:
    """With whom this person is to be compared: whoever is alike, or whoever's case code is written."""
    db = here().db
    file = access.look_at(db, g.account, code)
    other = request.args.get("other", "").strip().upper()[:40]
    fault = ""
    if other:
        try:
            there = access.case_code_of(db, g.account, other)
        except Problem as problem:
            fault = told(problem)
        else:
            if there != file["case_code"] or other != file["case_code"]:
                return redirect(url_for("people.show_same", code=file["case_code"], other=other), 303)
            fault = told(Problem("decision.same_file"))
    alike = [{**one, "line": _line(one["other"])} for one in access.pairs_of(db, g.account, file)]
    return render_template(
        "same.html", file=file, alike=alike, reason_words=REASONS, other=other, fault=fault
    )


@blueprint.get("/caseload/<code>/same/<other>")
@may("see_returnee")
def show_same(code: str, other: str) -> str:
    """Both side by side, or how they were merged."""
    return _page(*_both(code, other))


@blueprint.post("/caseload/<code>/same/<other>")
@may("decide")
def decide_same(code: str, other: str) -> Response | tuple[str, int] | str:
    """Show what the merge would give, merge, take the merge apart, or keep that they are two."""
    both, do = _both(code, other), request.form.get("do", "")
    try:
        act = _DO.get(do)
        return act(*both) if act else _page(*both)
    except Problem as problem:
        if problem.kind not in ("invalid", "conflict"):
            raise
        return _page(*_both(code, other), fault=told(problem)), 400


def _both(code: str, other: str) -> tuple[Mapping[str, Any], Mapping[str, Any], str]:
    """The files of the two, and the code that led to the second."""
    db = here().db
    return access.look_at(db, g.account, code), access.look_at(db, g.account, other), other.strip().upper()


def _page(one: Mapping[str, Any], other: Mapping[str, Any], led: str, *, fault: str = "") -> str:
    if one["_id"] == other["_id"]:
        return _merged_page(one, led, fault=fault)
    db = here().db
    found = comparing.choices(db, one, other)
    preview = (
        _preview(one, other, found) if request.form.get("do") in ("look", "merge") and not fault else None
    )
    return render_template(
        "same_person.html",
        files=(one, other),
        sides=SIDES,
        lines=_choices(found),
        names=[_name(file) for file in (one, other)],
        records=[comparing.told_of(db, file) for file in (one, other)],
        words=Words(db),
        reasons=[REASONS[reason] for reason in possible_same_person(one, other)],
        said_apart=_said_apart(one, other),
        stays=_stays(one, other),
        preview=preview,
        given=request.form,
        fault=fault,
        here_path=url_for("people.show_same", code=one["case_code"], other=other["case_code"]),
        new_id=lambda: str(uuid.uuid4()),
        **_seen(one, other),
    )


def _merged_page(file: Mapping[str, Any], led: str, *, fault: str = "") -> str:
    """How the two became one, and what taking that back would give."""
    db = here().db
    alias = next(
        (one for one in file["aliases"] if led in (one["case_code"], one["entity_id"].upper())), None
    )
    if alias is None:
        raise Problem("decision.same_file")
    merge, rules = decisions.find(db, alias["decision_id"]), _rules()
    as_two = who_is_who.as_two(db, file, alias["decision_id"], _said(), rules)
    return render_template(
        "merged.html",
        file=file,
        alias=alias,
        merge=merge,
        words=Words(db),
        as_two=[_outcome(one) for one in as_two],
        given=request.form,
        fault=fault,
        here_path=url_for("people.show_same", code=file["case_code"], other=led),
        new_id=lambda: str(uuid.uuid4()),
        **_seen(file, file),
    )


def _preview(one: Mapping[str, Any], other: Mapping[str, Any], found: list[Choice]) -> dict[str, Any]:
    gone, stays = (other, one) if _stays(one, other) == "one" else (one, other)
    said = _said(_values(found))
    return _outcome(who_is_who.as_one(here().db, gone, stays, said, _rules()))


def _merge(one: Mapping[str, Any], other: Mapping[str, Any], led: str) -> Response:
    _check_unchanged(one, other)
    gone, stays = (other, one) if _stays(one, other) == "one" else (one, other)
    values = _values(comparing.choices(here().db, one, other)) if gone["_id"] != stays["_id"] else {}
    file = who_is_who.merge(here().db, gone, stays, _said(values), _rules())
    return redirect(url_for("people.show_returnee", code=file["case_code"], done="merge"), 303)


def _unmerge(file: Mapping[str, Any], other: Mapping[str, Any], led: str) -> Response:
    _check_unchanged(file, other)
    merge_id = request.form.get("merge_id", "")
    first, _second = who_is_who.unmerge(here().db, file, merge_id, _said(), _rules())
    return redirect(url_for("people.show_returnee", code=first["case_code"], done="unmerge"), 303)


def _apart(one: Mapping[str, Any], other: Mapping[str, Any], led: str) -> Response:
    who_is_who.apart(here().db, one, other, _said(), _rules())
    return redirect(url_for("people.show_duplicates", done="apart"), 303)


_DO = {"merge": _merge, "unmerge": _unmerge, "apart": _apart}


def _stays(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Whose case code goes on: as chosen, else of whoever was registered first."""
    first = "other" if (other["registered_on"], other["_id"]) < (one["registered_on"], one["_id"]) else "one"
    return request.form["stays"] if request.form.get("stays") in SIDES else first


def _chosen(choice: Choice) -> str:
    given = request.form.get(f"choose.{choice.name}", "")
    return given if given in SIDES else choice.later


def _values(found: list[Choice]) -> dict[str, str]:
    """Where the two differ, what somebody chose."""
    differing = [choice for choice in found if choice.differs]
    return {name: value for choice in differing for name, value in choice.chosen(_chosen(choice)).items()}


def _choices(found: list[Choice]) -> list[dict[str, Any]]:
    lines = [{"choice": choice, "chosen": _chosen(choice)} for choice in found]
    return sorted(lines, key=lambda line: in_order(line["choice"].name))


def _said(values: Mapping[str, str] | None = None) -> Said:
    try:
        decision_id = str(uuid.UUID(request.form.get("decision_id", "") or str(uuid.uuid4())))
    except ValueError:
        raise Problem("decision.kind_unknown") from None
    return Said(
        decision_id=decision_id,
        by=g.account.user,
        at=cut_to_ms(here().now()),
        reason=request.form.get("reason", "").replace("\r\n", "\n").strip()[:LONGEST_REASON],
        values=values or {},
    )


def _rules() -> Rules:
    rules = current_rules(here().db)
    if rules is None:
        raise Problem("protocol.missing")
    return rules


def _seen(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    return {"seen": f"{one['revision']} {other['revision']}"}


def _check_unchanged(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Whether both are as they were shown; sent twice, it is what was kept the first time."""
    seen = _seen(one, other)["seen"]
    known = decisions.find(here().db, request.form.get("decision_id", ""))
    if request.form.get("seen", seen) != seen and known is None:
        raise Problem("decision.pair_changed")


def _said_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    """Who said that they are two, if somebody did."""
    both = {one["_id"], other["_id"]}
    found = [item for some in decisions.about(here().db, both).values() for item in some]
    said = [item for item in found if item.kind == "apart" and {item.entity_id, item.about} == both]
    return max(said, key=lambda item: item.order, default=None)


def _name(file: Mapping[str, Any]) -> str:
    return str(file["person"].get("call_name", "")) if names.are_shown() else ""


def _line(file: Mapping[str, Any]) -> dict[str, Any]:
    place = file["person"].get("village") or file["person"].get("province")
    return {
        "code": file["case_code"],
        "name": _name(file),
        "place": place_name(place, language(), parts=2),
        "level": file["risk"]["level"],
        "registered_on": file["registered_on"],
        "worker": file["worker_id"],
    }


def _outcome(file: Mapping[str, Any]) -> dict[str, Any]:
    """What a file would come to: whose code, how many records, which level, when the next visit."""
    return {**_line(file), "count": len(file["instances"]), "next_due_on": file["next_due_on"]}
