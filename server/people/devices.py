"""Phones: which are registered, new ones, what they are set to, one that must be let go."""

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.noting import noted
from server.people.pages import blueprint
from server.people.qr import qr_svg
from server.people.words import gettext as _
from server.people.words import later, told
from server.phones.connecting import Connected, connect, phones_in
from server.phones.overview import SHORT_ID, overview
from sync.core.phone_csv import LONGEST_NAME, MOST_BYTES, Finding, worker_fault
from sync.core.phone_settings import CHOICES, LOCKS, PhoneSettings, faults_in
from sync.core.problem import Problem
from sync.core.worker import Worker
from sync.store import devices, programme, workers
from xlsforms.wording import not_neutral

FIELDS = ("name", "worker_name", "worker_id")
ROWS = 50

SETTING_NAMES = {
    "project_name": later("Name of the project on the phone"),
    "icon": later("Icon"),
    "colour": later("Colour"),
    "updates": later("Forms on the phone"),
    "update_every": later("Look for changes"),
    "autosend": later("Send finished records"),
    "app_language": later("Language of Collect’s own texts"),
    "admin_password": later("Administrator’s password"),
    "locked": later("Locked"),
}
CHOICE_NAMES = {
    "match_exactly": later("exactly those listed here, by themselves"),
    "previously_downloaded": later("those fetched before, kept up to date"),
    "manual": later("only what somebody fetches"),
    "every_fifteen_minutes": later("every 15 minutes"),
    "every_one_hour": later("every hour"),
    "every_six_hours": later("every 6 hours"),
    "every_24_hours": later("once a day"),
    "wifi_and_cellular": later("at once, over any network"),
    "wifi_only": later("over Wi-Fi only"),
    "cellular_only": later("over the mobile network only"),
    "off": later("only when somebody presses Send"),
    "": later("as the phone has it"),
    "km": later("Khmer"),
    "en": later("English"),
}
LOCK_NAMES = {
    "change_server": later("Address of the server"),
    "form_update_mode": later("How forms are kept"),
    "periodic_form_updates_check": later("How often it looks for changes"),
    "automatic_update": later("Automatic download"),
    "get_blank": later("Fetching forms by hand"),
    "change_autosend": later("How records are sent"),
    "delete_after_send": later("Deleting what was sent"),
    "change_project_display": later("Name, icon and colour"),
    "change_form_metadata": later("The worker’s name in records"),
    "view_sent": later("Looking at what was sent"),
    "edit_saved": later("Opening drafts"),
    "delete_saved": later("Deleting records"),
    "save_as_draft": later("Saving drafts"),
    "access_settings": later("Settings from within a form"),
    "change_app_language": later("Language of Collect"),
    "maps": later("Maps"),
}


@blueprint.get("/phones")
@may("manage_phones")
def show_phones() -> str:
    """Every phone ever registered, and the forms to add some."""
    return _page()


@blueprint.post("/phones")
@may("manage_phones")
def add_phone() -> str | tuple[str, int]:
    """Register a phone and show, this once, the sheet with the code it is to scan."""
    given = {name: request.form.get(name, "").strip()[:LONGEST_NAME] for name in FIELDS}
    if [name for name in FIELDS if not given[name]]:
        return _page(given=given, fault=_("Please fill in all three fields.")), 400
    known = workers.find(here().db, given["worker_id"])
    worker = known or Worker(id=given["worker_id"], name=given["worker_name"])
    fault = worker_fault(worker)
    if not worker.is_active:
        fault = Problem("worker.left", worker_id=worker.id)
    if fault:
        return _page(given=given, fault=told(fault)), 400
    return _connected([(given["name"], worker)])


@blueprint.post("/phones/csv")
@may("manage_phones")
def add_phones() -> str | tuple[str, int]:
    """Register all phones of a CSV file, or none and say everything that is wrong in it."""
    file = request.files.get("file")
    read = phones_in(here().db, file.stream.read(MOST_BYTES + 1) if file else b"")
    return (_page(findings=read.findings), 400) if read.findings else _connected(read.phones)


@blueprint.get("/phones/settings")
@may("manage_phones")
def show_phone_settings() -> str:
    """What phones are set to when they are connected."""
    return _settings_page(programme.phone_settings(here().db))


@blueprint.post("/phones/settings")
@may("manage_phones")
def set_phone_settings() -> Response | tuple[str, int]:
    """Set what phones are set to from now on."""
    settings = PhoneSettings(
        **{name: request.form.get(name, "").strip()[:100] for name in SETTING_NAMES if name != "locked"},
        delete_sent="delete_sent" in request.form,
        locked=tuple(name for name in LOCKS if name in request.form.getlist("locked")),
    )
    faults = faults_in(settings)
    if not faults and not_neutral(settings.project_name):
        faults = ["project_name"]
    if faults:
        return _settings_page(settings, faults), 400
    programme.set_phone_settings(here().db, settings, by=g.account.user, at=here().now())
    noted("configuration", "phone settings changed")
    return redirect(url_for("people.show_phone_settings", saved="yes"), 303)


@blueprint.get("/phones/<device_id>/revoke")
@may("manage_phones")
def confirm_revoking(device_id: str) -> str:
    """Ask before a phone is let go."""
    return render_template("phone_revoke.html", phone=phone_in_use(device_id))


@blueprint.post("/phones/<device_id>/revoke")
@may("manage_phones")
def revoke_phone(device_id: str) -> Response:
    """From now on this phone may neither ask nor send."""
    devices.revoke(here().db, device_id, at=here().now())
    phone_noted("phone revoked", device_id)
    return redirect(url_for("people.show_phones"), 303)


def phone_noted(what: str, device_id: str, about: Sequence[str] = ()) -> None:
    """Write down what was done with this phone."""
    noted("configuration", what, about=about, phone=device_id[:SHORT_ID])


def phone_in_use(device_id: str) -> devices.Device:
    """The phone with this ID, if it is in use. Raises Problem device.unregistered."""
    phone = devices.find(here().db, device_id)
    if phone.revoked_at:
        raise Problem("device.unregistered")
    return phone


def _connected(phones: Sequence[tuple[str, Worker]]) -> str:
    base_url = here().config.public_url or request.host_url
    connected: list[Connected] = connect(here().db, phones, base_url=base_url, at=here().now())
    for one in connected:
        phone_noted("phone added", one.id)
    sheets = [{"phone": one, "qr": qr_svg(one.qr)} for one in connected]
    return render_template("phone_sheets.html", sheets=sheets)


def _page(given: dict[str, str] | None = None, fault: str = "", findings: Sequence[Finding] = ()) -> str:
    known = [worker for worker in workers.every(here().db) if worker.is_active]
    every, after = devices.in_order(here().db), request.args.get("after", "")
    begin = every.index(after) + 1 if after in every else 0
    shown = every[begin : begin + ROWS]
    return render_template(
        "phones.html",
        phones=overview(here().db, shown),
        more=shown[-1] if len(every) > begin + ROWS else "",
        workers=known[:ROWS],
        given=given or {},
        fault=fault,
        findings=[(one.line, told(one.problem)) for one in findings],
    )


def _settings_page(settings: PhoneSettings, faults: Sequence[str] = ()) -> str:
    told: dict[str, Any] = {"settings": settings, "faults": faults, "choices": CHOICES, "locks": LOCKS}
    return render_template(
        "phone_settings.html",
        **told,
        names=SETTING_NAMES,
        choice_names=CHOICE_NAMES,
        lock_names=LOCK_NAMES,
        saved=request.args.get("saved") == "yes",
    )
