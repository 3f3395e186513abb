"""Who sees whom: from a reader to the filter over people's files that every read goes through.

Pure: what MongoDB is asked is given back as plain data. `server.people.access` asks for it before every
read that an edge makes; tests/server/test_access.py watches that none goes past it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Filter = dict[str, Any]
Sight = Literal["people", "caseload", "nobody"]
"""What a role sees: the people of its organisation, only those it visits itself, no person at all."""

EVERYBODY: Filter = {}
"""For the house's own work (folding, checking), never for a reader."""
NOBODY: Filter = {"_id": {"$in": []}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is known of an account or of a program's token when it asks for people."""

    sight: Sight
    worker_id: str = ""
    """Whose caseload is the reader's own, as phones know it."""
    teams: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Codes of provinces (2 digits), districts (4) and communes (6). Teams and places add up; with neither,
    the reader sees the whole organisation."""
    organisation: str = ""
    """Empty: the organisation that runs this server."""
    may_ask: bool = False
    """Whether a reason opens the file of a person beyond teams and places, within the organisation."""

    @property
    def is_narrowed(self) -> bool:
        """Whether teams or places say whom in the organisation this reader has to do with."""
        return bool(self.teams or self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The workers that a reader's words stand for, at this moment."""

    team: frozenset[str] = field(default_factory=frozenset)
    """Those who work in one of the reader's teams."""
    in_places: frozenset[str] = field(default_factory=frozenset)
    """Those who work in one of the reader's places."""
    own: frozenset[str] = field(default_factory=frozenset)
    """Those of the reader's organisation; looked at where that has a name."""
    others: frozenset[str] = field(default_factory=frozenset)
    """Those of every organisation that has a name; looked at where the reader's has none."""


def files_for(reader: Reader, roster: Roster) -> Filter:
    """The files this reader has to do with. Who was referred to the reader's organisation is none of them:
    of her it sees a part only (`sync.core.referred`)."""
    if reader.sight == "nobody":
        return NOBODY
    if reader.sight == "caseload":
        return {"worker_id": reader.worker_id} if reader.worker_id else NOBODY
    house = _house(reader, roster)
    return {"$and": [house, {"$or": _near(reader, roster)}]} if reader.is_narrowed else house


def files_on_request(reader: Reader, roster: Roster) -> Filter:
    """The files that a reason opens to this reader, besides those of `files_for`."""
    if reader.sight == "people" and reader.may_ask and reader.is_narrowed:
        return _house(reader, roster)
    return NOBODY


def files_counted(reader: Reader, roster: Roster) -> Filter:
    """The files that count in numbers this reader may see, also one who sees no person."""
    if reader.sight == "caseload":
        return files_for(reader, roster)
    house = _house(reader, roster)
    return {"$and": [house, {"$or": _near(reader, roster)}]} if reader.is_narrowed else house


def in_place(within: Filter, place: str) -> Filter:
    """The same scope for whoever asks for people of this place alone: where it is in the reader's places, all
    of them are the reader's, as far as the house goes."""
    parts = within.get("$and", ())
    theirs = [one["places"]["$in"] for part in parts for one in part.get("$or", ()) if "places" in one]
    if not any(place.startswith(code) for codes in theirs for code in codes):
        return within
    return {"$and": [part for part in parts if "$or" not in part]}


def submissions_for(reader: Reader, roster: Roster) -> Filter:
    """The submissions this reader has to do with, told by who sent them: whom one is about is not always
    known."""
    if reader.sight != "people" or not reader.is_narrowed:
        return files_for(reader, roster)
    workers = roster.team | roster.in_places | _self(reader)
    return {"$and": [_house(reader, roster), {"worker_id": {"$in": sorted(workers)}}]}


def _house(reader: Reader, roster: Roster) -> Filter:
    if reader.organisation:
        return {"worker_id": {"$in": sorted(roster.own)}}
    return {"worker_id": {"$nin": sorted(roster.others)}} if roster.others else EVERYBODY


def _near(reader: Reader, roster: Roster) -> list[Filter]:
    parts: list[Filter] = []
    if workers := roster.team | _self(reader):
        parts.append({"worker_id": {"$in": sorted(workers)}})
    if reader.places:
        parts.append({"places": {"$in": sorted(reader.places)}})
    return parts or [NOBODY]


def _self(reader: Reader) -> frozenset[str]:
    return frozenset({reader.worker_id} if reader.worker_id else ())
