"""Which people a page shows: what the reader chose, from the address, and what there is to choose from.

An address never holds a name: levels, days, codes of places and worker ids only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, request

from server.people.gone import those_gone
from server.people.words import language, later
from sync.core import gazetteer
from sync.store import workers
from sync.store.caseload import Which
from sync.store.connect import Db

LEVELS = ("high", "medium", "low")
DUE = {"all": later("Any time"), "overdue": later("Overdue"), "soon": later("Within a week")}
MARK_NAMES = {
    "alert": later("Alerts"),
    "look": later("To be looked at"),
    "duplicate": later("Records contradict each other"),
    "unsigned": later("To be signed"),
    "gone": later("Worker is gone"),
}
PARTS = ("level", "due", "mark", "place", "worker", "team", "since")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose: as it stands in an address, and as the store is asked."""

    args: dict[str, str]
    which: Which

    def but(self, **changes: str) -> dict[str, str]:
        """The address of the same choice with these parts otherwise; an empty one is left out."""
        return {name: value for name, value in {**self.args, **changes}.items() if value}

    @property
    def is_everything(self) -> bool:
        """Whether nothing was chosen."""
        return not self.args


def from_request(db: Db) -> Choice:
    """What the address of this request chooses; what means nothing is left out."""
    return of(db, {name: request.args.get(name, "") for name in PARTS})


def of(db: Db, wanted: Mapping[str, str]) -> Choice:
    """These parts of a choice, as far as they mean something and the reader may know them."""
    checks = {
        "level": wanted.get("level") in LEVELS and g.account.may("see_levels"),
        "due": wanted.get("due") in DUE and wanted.get("due") != "all",
        "mark": wanted.get("mark") in MARK_NAMES and g.account.may("see_levels"),
        "place": wanted.get("place", "").isdigit() and len(wanted["place"]) in (2, 4, 6),
        "worker": 0 < len(wanted.get("worker", "")) <= 100,
        "team": 0 < len(wanted.get("team", "")) <= 100,
        "since": _is_day(wanted.get("since", "")),
    }
    args = {name: wanted[name] for name, counts in checks.items() if counts}
    return Choice(args, _which(db, args))


def _which(db: Db, args: Mapping[str, str]) -> Which:
    chosen: tuple[str, ...] | None = (args["worker"],) if "worker" in args else None
    if "team" in args:
        team = tuple(workers.of_team(db, args["team"]))
        chosen = team if chosen is None else tuple(one for one in chosen if one in team)
    mark = args.get("mark", "")
    if mark == "gone":  # told by who works here, not by anything in a file
        gone, mark = those_gone(db), ""
        chosen = gone if chosen is None else tuple(one for one in chosen if one in gone)
    return Which(
        level=args.get("level", ""),
        due=args.get("due", "all"),
        mark=mark,
        place=args.get("place", ""),
        workers=chosen,
        since=args.get("since", ""),
    )


def offered(db: Db, choice: Choice) -> dict[str, Any]:
    """What the reader can narrow the list down to: places, workers, teams, each with its words."""
    place, words = choice.args.get("place", ""), language()
    everybody, chosen = workers.every(db), choice.args.get("worker")
    return {
        "places": [(code, one.name_kh if words == "km" else one.name_en) for code, one in _places(place)],
        "workers": [one for one in everybody if one.is_active or one.id == chosen],
        "teams": sorted({one.team for one in everybody if one.team}),
    }


def _places(chosen: str) -> list[tuple[str, Any]]:
    """All provinces, and below the chosen one its districts."""
    found: list[tuple[str, Any]] = []
    for code, province in gazetteer.provinces().items():
        found.append((code, province))
        if chosen[:2] == code:
            found += [(one, district) for one, district in gazetteer.districts().items() if one[:2] == code]
    return found


def _is_day(text: str) -> bool:
    try:
        return bool(text) and bool(date.fromisoformat(text))
    except ValueError:
        return False
