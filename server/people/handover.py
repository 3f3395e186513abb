"""Handing many people over at once: when a worker leaves, is ill, or has too many."""

import uuid
from collections.abc import Iterable

from flask import g, render_template, request

from server.auth import may
from server.here import here
from server.people import access
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.words import gettext as _
from server.people.words import language
from sync import handing_over
from sync.core.decision_check import LONGEST_REASON
from sync.core.problem import Problem
from sync.store import workers
from sync.store.rules import current_rules

MOST = 500
"""People of one worker on the page; nobody can look after more."""


@blueprint.get("/handover")
@may("decide")
def show_handover(
    fault: str = "", done: int = 0, left: Iterable[str] = (), back: str = "", chosen: Iterable[str] = ()
) -> str:
    """Whose people shall go to whom: first the worker, then the people, then who takes them over."""
    everybody = workers.every(here().db)
    before = workers.meant(here().db, request.values.get("from", ""))
    people = access.people_of(here().db, g.account, before, limit=MOST) if before else []
    return render_template(
        "handover.html",
        workers=everybody,
        others=[worker for worker in everybody if worker.is_active and worker.id != before],
        names={worker.id: worker.name for worker in everybody},
        before=before,
        people=[{**one, "place": place_name(one["person"].get("village"), language())} for one in people],
        chosen=set(chosen),
        fault=fault,
        done=done,
        left=list(left),
        back=back,
        typed=request.form.get("reason", ""),
        new_id=lambda: str(uuid.uuid4()),
    )


@blueprint.post("/handover")
@may("decide")
def hand_over() -> str | tuple[str, int]:
    """Hand each of the chosen people over, one decision each; what cannot be is said and stays."""
    form, codes = request.form, request.form.getlist("code")[:MOST]
    before, after = form.get("from", ""), workers.meant(here().db, form.get("to", ""))
    if not codes or not after or after == before:
        fault = _("Choose at least one person, and who takes over.")
        return show_handover(fault=fault, chosen=codes), 400
    workers.named(here().db, after)
    left = [code for code in codes if not _handed(code, before, after, form)]
    return show_handover(done=len(codes) - len(left), left=left, back=after)


def _handed(code: str, before: str, after: str, form: "dict[str, str]") -> bool:
    db, at = here().db, here().now()
    rules = current_rules(db)
    if rules is None:
        raise Problem("protocol.missing")
    try:
        file = access.look_at(db, g.account, code)
        if file["worker_id"] != before:  # somebody was quicker; hers now is another worker
            return False
        reason = form.get("reason", "").replace("\r\n", "\n").strip()[:LONGEST_REASON]
        about = {"handover_id": form.get("handover_id", ""), "by": g.account.user, "reason": reason}
        handing_over.hand_over(db, file, after, at=at, rules=rules, **about)
    except Problem:
        return False
    return True
