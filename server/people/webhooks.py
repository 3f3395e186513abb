"""Programs that listen: the page on which administrators enter and remove them."""

from typing import Any

from flask import g, render_template, request
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.messages import webhooks as hooks
from server.noting import noted
from server.people.pages import blueprint
from server.people.words import gettext as _
from server.people.words import later, told
from sync.core.problem import Problem
from sync.store import webhooks

EVENT_NAMES = {
    "alert.raised": later("An alert was raised"),
    "case.assessed": later("A case was judged anew"),
}
STATES = {
    "waiting": later("Waits to be tried again"),
    "delivered": later("Delivered"),
    "given_up": later("Given up"),
}


@blueprint.get("/webhooks")
@may("manage_webhooks")
def show_webhooks(key: str = "", message: str = "", fault: str = "", typed: str = "") -> str:
    """Every program that listens, and how the latest calls to it went."""
    found: list[dict[str, Any]] = [
        {**hook, "calls": webhooks.calls_of(here().db, hook["_id"], limit=10)}
        for hook in webhooks.every(here().db)
    ]
    return render_template(
        "webhooks.html",
        hooks=found,
        event_names=EVENT_NAMES,
        states=STATES,
        key=key,
        message=message,
        fault=fault,
        typed=typed,
    )


@blueprint.post("/webhooks")
@may("manage_webhooks")
def add_webhook() -> str | tuple[str, int]:
    """Enter a program; the key of its signatures is shown once."""
    url = request.form.get("url", "").strip()[:1000]
    events = [event for event in request.form.getlist("event") if event in EVENT_NAMES]
    if not events:
        return show_webhooks(fault=_("Choose at least one thing to tell about."), typed=url), 400
    try:
        hook, key = hooks.add(
            here().config, here().db, url=url, events=events, made_by=g.account.user, at=here().now()
        )
    except Problem as problem:
        return show_webhooks(fault=told(problem), typed=url), 400
    noted("configuration", "webhook added", webhook=hook)
    return show_webhooks(key=key)


@blueprint.post("/webhooks/<hook>/remove")
@may("manage_webhooks")
def remove_webhook(hook: str) -> str | Response:
    """Tell this program nothing more."""
    webhooks.remove(here().db, hook)
    noted("configuration", "webhook removed", webhook=hook)
    return show_webhooks(message=_("Removed."))
