"""Accounts of colleagues: invited without e-mail, narrowed, changed, closed and opened again."""

import re

import pytest

from server import accounts, invitations, second_step
from server.app import create_app
from tests.server.files import NOW, a_file
from tests.server.signed_in import PASSWORD, client_as, csrf_token, sign_in


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def administrator(app, db):
    return client_as(app, db, "administrator")


def post(client, path: str, **form):
    return client.post(path, data={"csrf_token": csrf_token(client, "/account"), **form})


def invite(client, **changes) -> str:
    """The path of the invitation that was shown."""
    form = {"user": "dara", "name": "Dara Chan", "role": "case_manager", "teams": "north, south", **changes}
    answer = post(client, "/accounts", **form)
    assert answer.status_code == 200, answer.text
    return re.search(r"(/invitation/[\w-]+)<", answer.text)[1]


def take_up(client, path: str, password: str = PASSWORD):
    return client.post(path, data={"csrf_token": csrf_token(client, path), "password": password})


def test_an_invited_person_chooses_a_password_and_sees_whom_they_were_given(app, administrator, db):
    db.returnees.insert_one(a_file(1))
    path = invite(administrator)
    guest = app.test_client()

    assert "Dara Chan" in guest.get(path).text
    assert "Your password is kept" in take_up(guest, path).text

    assert sign_in(guest, "dara").status_code == 303
    made = accounts.find(db, "dara")
    assert (made.role, made.teams, made.places) == ("case_manager", ("north", "south"), ())
    assert "KH-20-2026-0001X" not in guest.get("/caseload").text, "nobody is in these teams"


def test_nobody_signs_in_to_an_account_before_the_invitation_is_taken_up(app, administrator, db):
    invite(administrator)

    for password in ("", PASSWORD):
        assert sign_in(app.test_client(), "dara", password).status_code == 401


def test_an_invitation_works_once(app, administrator):
    path = invite(administrator)
    take_up(app.test_client(), path)

    assert app.test_client().get(path).status_code == 404
    token = csrf_token(administrator, "/account")
    again = administrator.post(path, data={"csrf_token": token, "password": "another long password"})
    assert again.status_code == 404
    assert sign_in(app.test_client(), "dara").status_code == 303


def test_a_weak_password_does_not_use_the_invitation_up(app, administrator):
    path, guest = invite(administrator), app.test_client()

    assert take_up(guest, path, "short").status_code == 400
    assert take_up(guest, path).status_code == 200


def test_an_invitation_ends_after_three_days(config, db, administrator):
    path = invite(administrator)
    later = create_app(config, db, now=lambda: NOW + invitations.LASTS).test_client()

    assert later.get(path).status_code == 404


def test_a_new_invitation_ends_the_one_before_and_only_its_hash_is_kept(app, administrator, db):
    first = invite(administrator)
    second = re.search(r"(/invitation/[\w-]+)<", post(administrator, "/accounts/dara/invitation").text)[1]

    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200
    assert second.rsplit("/", 1)[1] not in str(list(db.invitations.find()))


def test_a_changed_role_counts_on_the_next_page(app, administrator, db):
    coordinator = client_as(app, db, "coordinator")
    assert coordinator.get("/questions").status_code == 200

    answer = post(administrator, "/accounts/coordinator", name="Them", role="analyst", places="01")

    assert answer.status_code == 303
    assert coordinator.get("/questions").status_code == 403
    assert accounts.find(db, "coordinator").places == ("01",)


@pytest.mark.parametrize(
    "form",
    [
        {"role": "owner"},
        {"role": ""},
        {"role": "analyst", "places": "Battambang"},
        {"role": "analyst", "places": "01, 2"},
        {"role": "analyst", "places": "$ne"},
    ],
)
def test_what_no_account_can_be_is_refused_and_nothing_is_changed(app, administrator, db, form):
    client_as(app, db, "coordinator")

    assert post(administrator, "/accounts/coordinator", **form).status_code == 400
    assert accounts.find(db, "coordinator").role == "coordinator"


def test_nobody_changes_their_own_role_or_closes_their_own_account(administrator, db):
    assert post(administrator, "/accounts/administrator", role="analyst").status_code == 400
    assert post(administrator, "/accounts/administrator/close", again="administrator").status_code == 400
    assert accounts.find(db, "administrator").role == "administrator"


def test_a_closed_account_is_signed_out_at_once_and_can_be_opened_again(app, administrator, db):
    coordinator = client_as(app, db, "coordinator")

    assert post(administrator, "/accounts/coordinator/close", again="coordinater").status_code == 400
    assert coordinator.get("/caseload").status_code == 200
    assert post(administrator, "/accounts/coordinator/close", again="coordinator").status_code == 303
    assert coordinator.get("/caseload").status_code == 303
    assert sign_in(app.test_client(), "coordinator").status_code == 401

    assert post(administrator, "/accounts/coordinator/open").status_code == 303
    assert sign_in(app.test_client(), "coordinator").status_code == 303


def test_a_lost_phone_is_taken_away_and_set_up_again(app, administrator, db):
    coordinator = client_as(app, db, "coordinator")
    second_step.begin(db, "coordinator")
    db.second_steps.update_one({"_id": "coordinator"}, {"$set": {"confirmed_at": NOW}})

    post(administrator, "/accounts/coordinator/second-step/end")

    assert coordinator.get("/caseload").status_code == 303
    answer = sign_in(app.test_client(), "coordinator")
    assert answer.headers["Location"].startswith("/account/second-step")


def test_what_an_administrator_does_to_an_account_is_written_down_without_names(administrator, db):
    invite(administrator)
    post(administrator, "/accounts/dara", name="Dara", role="coordinator")
    post(administrator, "/accounts/dara/close", again="dara")

    rows = [row["more"] for row in db.audit.find({"kind": "account", "more.account": "dara"}).sort("_id", 1)]

    assert [row["what"] for row in rows] == ["account added", "account changed", "account closed"]
    assert rows[1]["before"] == "case_manager"
    assert "Chan" not in str(rows)
