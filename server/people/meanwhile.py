"""Two people decide about one case at once: the second is told what changed since the page was loaded."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from server.here import here
from server.people import level
from server.people.words import gettext as _
from server.people.words import moment
from sync.store import decisions, submission_lists

MOST = 10


def stamp(file: Mapping[str, Any]) -> dict[str, str]:
    """What a decision form carries: which state of the file its reader saw, and when."""
    return {"revision": str(file["revision"]), "seen_at": here().now().astimezone(UTC).isoformat()}


def news_of(file: Mapping[str, Any], form: Mapping[str, str], decision_id: str) -> list[Markup]:
    """What was decided or received since the reader loaded the page, in words; nothing if nothing was.

    A form sent twice is no news to itself, and a form without a stamp (a program of old) is taken as it is.
    """
    seen_at = _instant(form.get("seen_at", ""))
    if seen_at is None or form.get("revision") == str(file["revision"]):
        return []
    db = here().db
    people = level.by_name(db)
    decided = decisions.about(db, [file["_id"]])[file["_id"]]
    if any(one.decision_id == decision_id for one in decided):
        return []
    told = [
        Markup("{} · {} · {}").format(
            moment(one.at), people.get(one.by, one.by), _(level.DECISIONS[one.kind])
        )
        for one in decided
        if one.at > seen_at
    ]
    received = submission_lists.slim(db, file["instances"])
    told += [
        Markup("{} · {}").format(moment(item["received_at"]), _("a record arrived"))
        for item in received
        if item["received_at"] > seen_at
    ]
    return told[:MOST]


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
