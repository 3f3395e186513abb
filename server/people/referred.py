"""For organisations that help: whom they accepted, and of her what they need to know."""

from collections.abc import Mapping
from typing import Any

from flask import g, render_template

from server.auth import may
from server.here import here
from server.people import passing_on
from server.people.pages import blueprint
from server.people.places import place_name
from server.people.words import language


@blueprint.get("/referred")
@may("see_returnee")
def show_referred() -> str:
    """Everybody whom the account's organisation accepted and still helps."""
    return _page(passing_on.referred_to(here().db, g.account))


@blueprint.get("/referred/<code>")
@may("see_returnee")
def show_one_referred(code: str) -> str:
    """One of them."""
    one = passing_on.referred(here().db, g.account, code)
    return _page([one], one=one)


def _page(people: list[dict[str, Any]], one: Mapping[str, Any] | None = None) -> str:
    return render_template(
        "referred.html", people=people, one=one, organisation=g.account.organisation, place_of=_place
    )


def _place(part: Mapping[str, Any]) -> str:
    return place_name(part["person"].get("district") or part["person"].get("province"), language())
