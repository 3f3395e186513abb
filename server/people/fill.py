"""Filling in the phones' forms in the browser: for whoever has no phone at hand, by the same path.

What is sent goes to the same keeper as what phones send, under the account's own worker id, and is read by
the same rules.
"""

from typing import Any

from flask import Response, current_app, g, jsonify, render_template, request, url_for
from flask_wtf.csrf import CSRFError, ValidationError, generate_csrf, validate_csrf

from server.accounts import Account
from server.auth import may
from server.here import here
from server.people import access
from server.people.forms import title_for_reader
from server.people.pages import blueprint
from server.people.web_form import file_of, form_page, media_url_beside
from server.people.words import gettext as _
from server.people.words import told
from server.phones import receive
from server.phones.call import Call, Caller
from server.phones.lists import list_of
from server.phones.people import FILE
from server.problems import STATUS
from sync.core import entity_list
from sync.core.file_parts import phone_row
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import forms
from sync.store.devices import Device

MAX_SENT_BYTES = 50_000_000


@blueprint.get("/fill")
@may("fill_forms")
def show_forms_to_fill() -> str:
    """The forms phones get, to be filled in here."""
    found = sorted(forms.current(here().db), key=lambda one: one["title"])
    return render_template("fill.html", forms=found, title_for_reader=title_for_reader)


@blueprint.get("/fill/<form_id>")
@may("fill_forms")
def fill_form(form_id: str) -> Response:
    """One form, in its current version. `?about=`: the case code of the one person to choose."""
    form = _current(form_id)
    about = request.args.get("about", "")
    return form_page(
        title=title_for_reader(form["title"]) or form_id,
        xform=forms.xform_of(here().db, form_id, form["version"]),
        xform_url=url_for("people.show_form_to_fill", form_id=form_id, version=form["version"]),
        media_url=media_url_beside(
            "people.show_form_file", form_id=form_id, version=form["version"], about=about or "-"
        ),
        send_url=url_for("people.send_filled", about=about or None),
    )


@blueprint.get("/fill/<form_id>/<version>/form.xml")
@may("fill_forms")
def show_form_to_fill(form_id: str, version: str) -> Response:
    """The XForm itself, as phones get it."""
    return Response(forms.xform_of(here().db, form_id, version), content_type="text/xml; charset=utf-8")


@blueprint.get("/fill/<form_id>/<version>/<about>/files/<name>")
@may("fill_forms")
def show_form_file(form_id: str, version: str, about: str, name: str) -> Response:
    """A file of the form, or the list of people: the one asked about, or the account's own caseload."""
    db = here().db
    found = forms.find_version(db, form_id, version)
    if found is None:
        raise Problem("form.unknown")
    if name == FILE and entity_list.PEOPLE in found["entity_lists"]:
        return Response(_people(about), content_type="text/csv; charset=utf-8")
    return file_of(db, found, name)


@blueprint.get("/fill/token")
@may("fill_forms")
def show_token() -> Response:
    """The token that has to come along with a filled form; asked for anew just before sending.

    Whoever had to sign in again in the meantime, in another window, can still send what was filled in.
    """
    return jsonify(token=generate_csrf())


@blueprint.post("/fill")
@may("fill_forms")
def send_filled() -> Response | tuple[Response, int]:
    """Keep a filled form; the answer says in the reader's language whether it is safe here."""
    try:
        # Not by the usual way: that reads the whole body first, and records are long.
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError as refused:
        raise CSRFError(refused.args[0]) from refused
    request.max_content_length = MAX_SENT_BYTES
    try:
        receive.take_in(_call())
    except Problem as problem:
        return jsonify(message=told(problem), code=problem.code), STATUS[problem.kind]
    about = request.args.get("about", "")
    to = url_for("people.show_returnee", code=about) if about else url_for("people.show_forms_to_fill")
    return jsonify(message=_("Received. It is safe here."), next=to), 201


def _people(about: str) -> bytes:
    """The list of people the form offers: one person, or whoever would be on a phone of this account."""
    db = here().db
    if about != "-":
        return entity_list.csv_of([phone_row(access.look_at(db, g.account, about))])
    found = list_of(db, worker_id_of(g.account), local_date(here().now()))
    shown = [row.entity_id for row in found.rows]
    access.noted(db, g.account, "list", shown, ("label", *entity_list.PROPERTIES))
    return found.csv


def worker_id_of(account: Account) -> str:
    """Under which worker id this account's own records stand."""
    return account.worker_id or account.user


def _call() -> Call:
    """This request as if a phone of this account's had made it."""
    account = g.account
    device = Device(
        id=f"browser:{account.user}",
        name="browser",
        worker_id=worker_id_of(account),
        worker_name=account.name,
        made_at=here().now(),
        revoked_at=None,
        last_contact_at=None,
        demo=False,
    )
    service = current_app.extensions["pteah.phones"].service
    caller = Caller(root=("fill",), device=device)
    return Call(service=service, request=request, caller=caller, at=here().now())


def _current(form_id: str) -> dict[str, Any]:
    for form in forms.current(here().db):
        if form["form_id"] == form_id:
            return form
    raise Problem("form.unknown")
