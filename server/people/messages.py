"""Where one wants to be told that a case waits, and the calendar of one's visits."""

from dataclasses import replace
from typing import cast

from flask import Response, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server import accounts
from server.auth import may
from server.here import here
from server.messages import sending
from server.messages.calendar import calendar_of
from server.noting import noted
from server.people.pages import blueprint
from server.people.words import gettext as _
from server.people.words import language, later, told
from sync.core.problem import Problem
from sync.store import addresses, notices
from sync.store.addresses import Address, Channel
from sync.store.connect import Document

CHANNEL_NAMES = {"mail": later("E-mail"), "sms": later("SMS"), "telegram": later("Telegram")}
CHANNEL_HINTS = {
    "mail": later("E-mail: name@example.org."),
    "sms": later("SMS: with the country, such as +855 12 345 678."),
    "telegram": later("Telegram: the number of the chat."),
}
NOWHERE = ""


@blueprint.get("/account/messages")
@may("see_caseload")
def show_messages(message: str = "", fault: str = "", feed: str = "", typed: Address | None = None) -> str:
    """Where this account is told, what it was told lately, and its calendar."""
    db, user = here().db, g.account.user
    return render_template(
        "messages.html",
        address=addresses.find(db, user),
        chosen=typed or addresses.find(db, user),
        channels=sending.channels(here().config),
        channel_names=CHANNEL_NAMES,
        channel_hints=CHANNEL_HINTS,
        told=_once(notices.of(db, user, limit=40)),
        feed=feed,
        message=message,
        fault=fault,
    )


@blueprint.post("/account/messages")
@may("see_caseload")
def set_messages() -> str | tuple[str, int]:
    """Keep where this account wants to be told."""
    form, db, user = request.form, here().db, g.account.user
    wanted, to, digest = form.get("channel", NOWHERE), form.get("to", "")[:200], bool(form.get("digest"))
    channel: Channel | None = None
    try:
        if wanted != NOWHERE:
            channel, to = sending.checked(here().config, wanted, to)
    except Problem as problem:
        typed = replace(addresses.find(db, user), channel=cast("Channel", wanted), to=to, digest=digest)
        return show_messages(fault=told(problem), typed=typed), 400
    addresses.put(db, user, channel=channel, to=to if channel else "", digest=digest)
    if channel is None:
        return show_messages(message=_("Kept. You are told only here in Pteah."))
    if not g.account.language:  # what is sent is in the language these pages are read in
        accounts.set_language(db, user, language())
    return show_messages(message=_("Kept. From now on you are told here: %(to)s", to=to))


@blueprint.post("/account/messages/test")
@may("see_caseload")
def test_messages() -> str | tuple[str, int]:
    """Send a message that says only that it is a test."""
    address = addresses.find(here().db, g.account.user)
    try:
        sending.send(here().config, address, sending.text_of("test", language()))
    except Problem as problem:
        return show_messages(fault=told(problem)), 400
    return show_messages(message=_("A test message is on its way."))


@blueprint.post("/account/calendar")
@may("see_caseload")
def make_calendar() -> str:
    """A new address of this account's calendar, shown once; the one before is dead."""
    token = addresses.new_feed(here().db, g.account.user, here().now())
    noted("account", "calendar address made")
    base = here().config.public_url or request.root_url.rstrip("/")
    return show_messages(feed=base + url_for("people.show_calendar", token=token))


@blueprint.post("/account/calendar/end")
@may("see_caseload")
def end_calendar() -> str:
    """No calendar reads this account's visits any more."""
    addresses.end_feed(here().db, g.account.user)
    noted("account", "calendar address ended")
    return show_messages(message=_("The calendar address is dead."))


@blueprint.get("/calendar/<token>")
@may("anyone")
def show_calendar(token: str) -> AnyResponse:
    """The visits of whoever has this address, for a calendar program: case codes and days, nothing else."""
    user = addresses.feed_of(here().db, token.removesuffix(".ics"))
    account = accounts.find(here().db, user) if user else None
    if account is None or not account.may("see_caseload"):
        raise Problem("calendar.unknown")
    base = here().config.public_url or request.root_url.rstrip("/")
    body = calendar_of(here().db, account, here().now(), base)
    return Response(body, content_type="text/calendar; charset=utf-8")


def _once(found: list[Document]) -> list[Document]:
    """Three alerts that one record raised were one message, and are one line."""
    return list({(one["kind"], one["case_code"], one["at"]): one for one in found}.values())
