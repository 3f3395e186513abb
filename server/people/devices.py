"""Phones: which are registered, a new one, one that must be let go."""

import io

import segno
from flask import g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people.pages import blueprint
from server.people.words import gettext as _
from server.phones.settings_qr import settings_for
from sync.core.problem import Problem
from sync.store import audit, devices

PROJECT_NAME = "Pteah"
"""What the phone calls the project: whoever looks over a shoulder reads this."""
LONGEST_NAME = 60


@blueprint.get("/phones")
@may("manage_phones")
def show_phones() -> str:
    """Every phone ever registered, and the form to add one."""
    return _page()


@blueprint.post("/phones")
@may("manage_phones")
def add_phone() -> str | tuple[str, int]:
    """Register a phone and show, this once, the code it is to scan."""
    given = {name: request.form.get(name, "").strip()[:LONGEST_NAME] for name in FIELDS}
    missing = [name for name in FIELDS if not given[name]]
    if missing:
        return _page(given=given, fault=_("Please fill in all three fields.")), 400
    token = devices.add(
        here().db,
        name=given["name"],
        worker_id=given["worker_id"],
        worker_name=given["worker_name"],
        made_at=here().now(),
    )
    _noted("phone added", devices.id_of(token))
    server_url = f"{here().config.public_url or request.host_url.rstrip('/')}/key/{token}"
    return render_template(
        "phone_added.html",
        given=given,
        server_url=server_url,
        qr=qr_svg(settings_for(server_url, PROJECT_NAME)),
    )


@blueprint.get("/phones/<device_id>/revoke")
@may("manage_phones")
def confirm_revoking(device_id: str) -> str:
    """Ask before a phone is let go."""
    return render_template("phone_revoke.html", phone=_phone(device_id))


@blueprint.post("/phones/<device_id>/revoke")
@may("manage_phones")
def revoke_phone(device_id: str) -> Response:
    """From now on this phone may neither ask nor send."""
    devices.revoke(here().db, device_id, at=here().now())
    _noted("phone revoked", device_id)
    return redirect(url_for("people.show_phones"), 303)


def _noted(what: str, device_id: str) -> None:
    more = {"what": what, "phone": device_id[:12]}
    audit.note(here().db, at=here().now(), by=g.account.user, kind="configuration", more=more)


def qr_svg(text: str) -> Markup:
    """A QR code as an SVG element without style attributes, as the content policy wants it."""
    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, svgclass=None, lineclass=None
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made by segno from modules, no text in it


FIELDS = ("name", "worker_name", "worker_id")


def _page(given: dict[str, str] | None = None, fault: str = "") -> str:
    known = list(devices.all(here().db))
    workers = sorted({(phone.worker_id, phone.worker_name) for phone in known})
    return render_template("phones.html", phones=known, workers=workers, given=given or {}, fault=fault)


def _phone(device_id: str) -> devices.Device:
    for phone in devices.all(here().db):
        if phone.id == device_id and not phone.revoked_at:
            return phone
    raise Problem("device.unregistered")
