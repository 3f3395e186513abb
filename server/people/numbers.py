"""Numbers for those who see no person: how many there are, never few enough to tell one by."""

from typing import Any

from flask import g, render_template

from server.auth import may
from server.here import here
from server.people import access
from server.people.choice import LEVELS
from server.people.pages import blueprint
from sync.core.small_cells import SMALLEST_SHOWN, share, without_small
from sync.core.times import local_date
from sync.store.connect import Db


@blueprint.get("/numbers")
@may("see_numbers")
def show_numbers() -> str:
    """How many people are accompanied, at which level, and how many visits are due."""
    return render_template("numbers.html", least=SMALLEST_SHOWN, **numbers_for(here().db, g.account))


def numbers_for(db: Db, who: access.Who) -> dict[str, Any]:
    """The numbers this reader may see; None stands for one too small to be shown."""
    today = local_date(here().now())
    counts = access.numbers_for(db, who, today=today)
    everyone = counts.get("everyone", 0)
    return {
        "on": today.isoformat(),
        "everyone": share(everyone, everyone),
        "levels": without_small({level: counts.get(level, 0) for level in LEVELS}),
        "overdue": share(counts.get("overdue", 0), everyone),
        "week": share(counts.get("soon", 0), everyone),
    }
