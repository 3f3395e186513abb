"""A form as a phone shows it, published or not, with what the rules make of it at the side."""

import re
from typing import Any

from flask import Response, render_template, request, url_for

from server import workbench as jobs
from server.app import CONTENT_SECURITY_POLICY
from server.auth import may
from server.here import here
from server.people.pages import blueprint
from server.people.web_form import form_page, media_url_beside
from server.people.words import language
from server.people.workbench import proposal_of
from server.phones.forms import content_type_of
from server.phones.people import FILE
from sync.core import entity_list
from sync.core.entity_list import EntityRow
from sync.core.form import FormDefinition, form_from
from sync.core.problem import Problem
from sync.core.protocol import Rules
from sync.core.times import local_date
from sync.core.trial import try_filled
from sync.core.xpath import XPathError
from sync.store import attachments, forms, protocols
from sync.store.rules import current_rules
from xlsforms.contacts import protocol_media
from xlsforms.publish import given_before
from xlsforms.sheets import language_of

MAX_XML = 1_000_000


@blueprint.get("/forms/<form_id>/preview")
@may("manage_forms")
def preview_form(form_id: str) -> Response:
    """The published form in a frame of a phone's size."""
    xform, title, _ = _form("form", form_id)
    back = url_for("people.show_versions", form_id=form_id)
    return _preview("form", form_id, title or form_id, _languages(xform), back)


@blueprint.get("/forms/proposals/<number>/preview")
@may("manage_forms")
def preview_proposal(number: str) -> Response:
    """A workbook that is not published, in a frame of a phone's size."""
    made = _made(number)
    back = url_for("people.show_proposal", number=number)
    return _preview("proposal", number, made["title"], _languages(made["xform"]), back)


def _preview(kind: str, key: str, title: str, known: dict[str, str], back: str) -> Response:
    wanted = request.args.get("language", "")
    shown = wanted if wanted in known else language() if language() in known else next(iter(known), "")
    parts: dict[str, Any] = {"kind": kind, "key": key}
    page = render_template(
        "preview.html",
        title=title,
        back=back,
        form_languages=known,
        shown=shown,
        frame_url=url_for("people.show_preview_frame", **parts, language=shown),
        try_url=url_for("people.try_live", **parts),
    )
    # The only pages of ours that hold another one, which is ours too.
    return Response(page, headers={"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"})


@blueprint.get("/forms/preview/<kind>/<key>")
@may("manage_forms")
def show_preview_frame(kind: str, key: str) -> Response:
    """The form itself, to stand in the frame; nothing can be sent from it."""
    xform, title, _ = _form(kind, key)
    parts: dict[str, Any] = {"kind": kind, "key": key}
    return form_page(
        title=title,
        xform=xform,
        xform_url=url_for("people.show_preview_xform", **parts),
        media_url=media_url_beside("people.show_preview_file", **parts),
        framed=True,
        shown_in=request.args.get("language", "")[:20],
    )


@blueprint.get("/forms/preview/<kind>/<key>/form.xml")
@may("manage_forms")
def show_preview_xform(kind: str, key: str) -> Response:
    """The XForm, as phones would get it."""
    return Response(_form(kind, key)[0], content_type="text/xml; charset=utf-8")


@blueprint.get("/forms/preview/<kind>/<key>/files/<name>")
@may("manage_forms")
def show_preview_file(kind: str, key: str, name: str) -> Response:
    """A file of the form; in place of the list of people three who do not exist."""
    if name == FILE:
        return Response(entity_list.csv_of(MADE_UP), content_type="text/csv; charset=utf-8")
    content = _files(kind, key).get(name)
    if content is None:
        raise Problem("media.unknown")
    return Response(content, content_type=content_type_of(name))


@blueprint.post("/forms/preview/<kind>/<key>/try")
@may("manage_forms")
def try_live(kind: str, key: str) -> str:
    """What the rules make of the form as it is filled in at this moment; nothing is kept."""
    request.max_content_length = MAX_XML
    xform, _title, privacy = _form(kind, key)
    form: FormDefinition = form_from(xform, privacy=privacy)
    try:
        trial = try_filled(request.get_data(), form, _rules(kind, key), local_date(here().now()))
    except XPathError:
        raise Problem("submission.unreadable") from None
    return render_template("_trial.html", trial=trial)


def _rules(kind: str, key: str) -> Rules:
    db = here().db
    found = jobs.rules_of(db, proposal_of(key, everything=True)) if kind == "proposal" else current_rules(db)
    if found is None:
        raise Problem("protocol.missing")
    return found


def _version(form_id: str) -> dict[str, Any]:
    version = forms.current_version(here().db, form_id)
    found = forms.find_version(here().db, form_id, version) if version else None
    if found is None:
        raise Problem("form.unpublished", form_id=form_id)
    return found


def _made(number: str) -> dict[str, Any]:
    made: dict[str, Any] = proposal_of(number, everything=True)["found"] or {}
    if "xform" not in made:
        raise Problem("workbench.not_ready")
    return made


def _form(kind: str, key: str) -> tuple[bytes, str, Any]:
    """XForm, title, privacy marks."""
    if kind == "proposal":
        made = _made(key)
        return bytes(made["xform"]), made["title"], made["privacy"]
    if kind != "form":
        raise Problem("form.unpublished", form_id=key)
    version = _version(key)
    xform = forms.xform_of(here().db, key, version["version"])
    return xform, version["title"], version.get("privacy") or {}


def _files(kind: str, key: str) -> dict[str, bytes]:
    db = here().db
    if kind == "form":
        return {one["name"]: attachments.open(db, one["sha256"]).read() for one in _version(key)["media"]}
    protocol = protocols.current(db)
    found = proposal_of(key)
    given = {one["name"]: attachments.open(db, one["sha256"]).read() for one in found.get("media", ())}
    made = protocol_media(protocol) if protocol else {}
    return {**made, **given_before(db, found["found"]["form_id"]), **given}


def _languages(xform: bytes) -> dict[str, str]:
    """Language code -> as the form writes it."""
    written = [name.decode() for name in _TRANSLATION.findall(xform)]
    return {language_of(name): name for name in written}


_TRANSLATION = re.compile(rb'<translation\b[^>]*\blang="([^"]+)"')
MADE_UP = [
    EntityRow(entity_id=f"00000000-0000-4000-8000-00000000000{number}", label=label, version=1, properties={})
    for number, label in enumerate(("Test A", "Test B", "Test C"), start=1)
]
