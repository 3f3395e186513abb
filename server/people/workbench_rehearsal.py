"""Rehearsing a form on a test phone, before anybody depends on it."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server import rehearsal
from server.auth import may
from server.here import here
from server.people import workbench
from server.people.pages import blueprint
from server.people.qr import qr_svg
from server.phones.settings_qr import settings_for
from sync.core.problem import Problem
from sync.store import drafts, proposals
from sync.store.drafts import Draft


@blueprint.get("/forms/proposals/<number>/rehearsal")
@may("manage_forms")
def show_rehearsal(number: str) -> str:
    """The code for a test phone, the made-up people, and what was sent so far."""
    found = workbench.proposal_of(number)
    draft = _draft(found) if found.get("rehearsed_at") else None
    server_url = draft and f"{here().config.public_url or request.host_url.rstrip('/')}/test/{draft.token}"
    others = [one for one in proposals.open_ones(here().db) if _can_go_along(found, one)]
    return render_template(
        "rehearsal.html",
        **workbench.page_of(found),
        others=others,
        draft=draft,
        server_url=server_url,
        qr=qr_svg(settings_for(server_url, f"Trial {draft.form_id}")) if draft and server_url else "",
        seen=rehearsal.seen(here().db, draft) if draft else None,
    )


def _can_go_along(found: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether these two can be rehearsed together: a protocol and a form, both without faults."""
    return bool(
        found["state"] == other["state"] == "ready"
        and found["found"]["is_protocol"] != other["found"]["is_protocol"]
    )


def _draft(found: dict[str, object]) -> Draft | None:
    made = found["found"]
    return drafts.of_form(here().db, made["form_id"]) if isinstance(made, dict) else None


@blueprint.post("/forms/proposals/<number>/rehearsal")
@may("manage_forms")
def start_rehearsal(number: str) -> Response:
    """Make the draft with its made-up people; an earlier rehearsal of the same is thrown away."""
    found = workbench.proposal_of(number)
    together = request.form.getlist("together")
    if found["state"] != "ready" or not all(
        _can_go_along(found, workbench.proposal_of(one)) for one in together
    ):
        raise Problem("workbench.not_ready")
    workbench.ask(number, "rehearse", {"together": " ".join(together)})
    return redirect(url_for("people.show_rehearsal", number=number), 303)


@blueprint.post("/forms/proposals/<number>/rehearsal/end")
@may("manage_forms")
def end_rehearsal(number: str) -> Response:
    """Throw everything of the rehearsal away: every draft in it, made-up people, what test phones sent."""
    found = workbench.proposal_of(number)
    made = found["found"] or {}
    if drafts.discard(here().db, made.get("form_id", "")):
        workbench.note(made["form_id"], "rehearsal ended")
    return redirect(url_for("people.show_rehearsal", number=number), 303)
