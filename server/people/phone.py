"""One phone: what is on it, what of it is missing, and what to do when it is lost."""

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.auth import may
from server.here import here
from server.people import access
from server.people.devices import phone_in_use, phone_noted
from server.people.forms import form_titles
from server.people.pages import blueprint
from server.phones.overview import Carried, people_on, state_of
from sync.store import caseload, devices, forms, ledger
from sync.store.connect import Document


@blueprint.get("/phones/<device_id>")
@may("manage_phones")
def show_phone(device_id: str) -> str:
    """What this phone fetched and sent, and which of its records have not arrived."""
    db = here().db
    phone = devices.find(db, device_id)
    gaps = ledger.gaps(db, device_id)
    newest = {form["form_id"]: form["version"] for form in forms.current(db)}
    return render_template(
        "phone.html",
        phone=phone,
        state=state_of(phone, sum(len(gap.missing) for gap in gaps), newest),
        gaps=gaps,
        newest=newest,
        titles=form_titles(db),
        latest=phone.installs[-1]["id"] if phone.installs else "",
        settled=request.args.get("settled") == "yes",
    )


@blueprint.post("/phones/<device_id>/settle")
@may("manage_phones")
def settle_missing(device_id: str) -> Response:
    """Somebody looked for what is missing from this phone."""
    devices.find(here().db, device_id)
    ledger.settle(here().db, device_id, by=g.account.user, at=here().now())
    phone_noted("missing records looked into", device_id)
    return redirect(url_for("people.show_phone", device_id=device_id, settled="yes"), 303)


@blueprint.get("/phones/<device_id>/lost")
@may("manage_phones")
def show_lost_phone(device_id: str) -> str:
    """Before: what will happen. After: who was on it, and what to do next."""
    phone = devices.find(here().db, device_id)
    carried = people_on(here().db, phone)
    people = []
    if phone.lost_at:
        people = _people(carried)
        access.noted(here().db, g.account, "list", [one["_id"] for one in people], ("name on a lost phone",))
    return render_template("phone_lost.html", phone=phone, carried=carried, people=people)


@blueprint.post("/phones/<device_id>/lost")
@may("manage_phones")
def lock_out_lost_phone(device_id: str) -> Response:
    """Lock it out at once, then show who was on it."""
    phone = phone_in_use(device_id)
    devices.revoke(here().db, phone.id, at=here().now(), lost=True)
    phone_noted("phone lost", phone.id, people_on(here().db, phone).people)
    return redirect(url_for("people.show_lost_phone", device_id=phone.id), 303)


def _people(carried: Carried) -> list[Document]:
    """The people on the list, by case code; those beyond the reader's own are left out."""
    within = access.scope_of(here().db, g.account)
    return caseload.among(here().db, carried.people, within)
