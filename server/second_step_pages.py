"""Setting up the second step: a code to scan, a code to prove it, and recovery codes, shown once."""

from flask import Response, g, redirect, render_template, request, session, url_for

from server import second_step, sessions, tries
from server.auth import Answer, blueprint, may, must_enrol, own_path
from server.here import here
from server.noting import noted
from server.own_account import prove_password, show_account
from server.people import words
from server.people.qr import qr_svg
from server.people.words import gettext as _
from server.signing_in import wait_sentence
from sync.core.problem import Problem


@blueprint.get("/account/second-step")
@may("signed_in", unfinished=True)
def show_second_step(fault: str = "") -> Answer:
    """A code for an authenticator, and the field that proves it was read; or that there is one already."""
    db, user = here().db, g.account.user
    wanted = own_path(request.values.get("next", ""))
    if second_step.of(db, user):
        return redirect(wanted or url_for("auth.show_account"), 303)
    secret = second_step.begin(db, user)
    return render_template(
        "second_step.html",
        qr=qr_svg(second_step.address_of(secret, user)),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        next=wanted,
        needed_by=g.session.enrol_by,
        overdue=must_enrol(),
        fault=fault,
    )


@blueprint.post("/account/second-step")
@may("signed_in", unfinished=True)
def confirm_second_step() -> Answer:
    """The second step counts from now on; here are the recovery codes."""
    db, user, at = here().db, g.account.user, here().now()
    who = tries.Trier(f"enrol {user}", request.remote_addr or "")
    if left := tries.wait(db, who, at=at):
        return Response(show_second_step(wait_sentence(left)), 429)  # type: ignore[arg-type]
    codes = second_step.confirm(db, user, request.form.get("code", "")[:100], at=at)
    if not codes:
        if second_step.of(db, user):  # sent twice
            return redirect(url_for("auth.show_account"), 303)
        tries.count(db, who, at=at)
        sentence = _(
            "This code is not right. Wait for the next one, and look whether your phone's clock is right."
        )
        return Response(show_second_step(sentence), 400)  # type: ignore[arg-type]
    sessions.enrolled(db, session["id"])
    sessions.end_others(db, user, session["id"])  # they know the password only
    noted("account", "second step set up")
    return _codes_page(codes)


@blueprint.post("/account/recovery-codes")
@may("signed_in")
def make_recovery_codes() -> Answer:
    """New recovery codes in place of the former ones, for whoever gives the password."""
    try:
        prove_password("password")
    except Problem as problem:
        return show_account(fault=words.told(problem)), 400
    if not second_step.of(here().db, g.account.user):
        return redirect(url_for("auth.show_second_step"), 303)
    noted("account", "recovery codes made")
    return _codes_page(second_step.new_recovery_codes(here().db, g.account.user))


def _codes_page(codes: list[str]) -> str:
    wanted = own_path(request.form.get("next", ""))
    return render_template("recovery_codes.html", codes=codes, next=wanted or url_for("people.home"))
