"""Whom another organisation sees: exactly who was referred to it, of her a part, while it helps."""

import lxml.html
import pytest

from server.app import create_app
from sync.core.worker import Worker
from sync.store import audit, workers
from tests.server.files import NOW, a_file, change_file
from tests.server.signed_in import client_as

REFERRED, OWN, ANOTHERS = "KH-20-2026-0001X", "KH-20-2026-0002X", "KH-20-2026-0003X"
AGREED = [{"purpose": "share_legal", "given": True, "on": "2026-11-01", "by": "x"}]
REASON = "One reason of level high is enough."


def a_referral(service="law", state="accepted"):
    steps = [{"state": "sent", "on": "2026-11-02", "by": "dara"}]
    steps += [{"state": state, "on": "2026-11-05", "by": "dara"}] if state != "sent" else []
    return {
        "id": f"r-{service}",
        "service": service,
        "state": state,
        "sent_on": "2026-11-02",
        "history": steps,
    }


@pytest.fixture
def app(config, published):
    """One of the house, referred to Partner; one of Partner's own; one of the house nobody was told of."""
    db = published
    for number, organisation in enumerate(("", "Partner", ""), start=1):
        workers.meet(
            db, Worker(id=f"worker-{number}", name=f"w{number}", team="x", organisation=organisation)
        )
        referrals = [a_referral(), a_referral("clinic")] if number == 1 else []
        person = a_file(number, worker_id=f"worker-{number}", referrals=referrals, consent=AGREED)
        db.returnees.insert_one({**person, "referrals": referrals})
    services = [
        {"name": name, "label": {"en": f"The {name}"}, "consent": consent, "organisation": organisation}
        for name, consent, organisation in (
            ("law", "share_legal", "Partner"), ("clinic", "share_health", "Elsewhere"),
        )
    ]  # fmt: skip
    db.protocols.update_many({}, {"$set": {"document.services": services}})
    return create_app(config, db, now=lambda: NOW)


def told(client, code) -> tuple[int, int]:
    """What the page of her referral and that of her file answer."""
    return client.get(f"/referred/{code}").status_code, client.get(f"/caseload/{code}").status_code


def change(db, **changes):
    change_file(db, REFERRED, **changes)


def test_an_organisation_sees_whom_it_accepted_of_her_a_part_and_nobody_else(app, published):
    partner = client_as(app, published, "case_manager", organisation="Partner")

    assert told(partner, REFERRED) == (200, 404)
    assert told(partner, OWN) == (404, 200)
    assert told(partner, ANOTHERS) == (404, 404)
    page = partner.get("/referred")
    assert "Referred to us" in partner.get("/caseload").text
    assert REFERRED in page.text
    assert "The law" in page.text
    for hidden in (OWN, ANOTHERS, "The clinic", "High", REASON, "Contact or threat", "Visit 1", "010501-02"):
        assert hidden not in page.text, hidden
    assert REFERRED not in partner.get("/caseload").text
    for path in ("privacy", "reason", "records/uuid:1"):
        assert partner.get(f"/caseload/{REFERRED}/{path}").status_code == 404, path
    seen = [row for row in audit.about(published, a_file(1)["_id"]) if row["more"].get("what") == "referred"]
    assert {(row["kind"], row["by"]) for row in seen} == {("look", "case-manager"), ("list", "case-manager")}

    elsewhere = client_as(app, published, "coordinator", organisation="Elsewhere")
    assert told(elsewhere, REFERRED) == (404, 404), "she did not agree to that service"
    house = client_as(app, published, "administrator")
    assert told(house, REFERRED) == (404, 200), "the house has her file"
    assert "Referred to us" not in house.get("/caseload").text
    assert client_as(app, published, "analyst", organisation="Partner").get("/referred").status_code == 403


@pytest.mark.parametrize("state", ["sent", "declined", "done", "withdrawn"])
def test_before_they_accept_and_once_it_is_over_they_see_nothing(app, published, state):
    change(published, referrals=[a_referral(state=state)])
    partner = client_as(app, published, "case_manager", organisation="Partner")

    assert told(partner, REFERRED) == (404, 404)
    assert "Nobody now." in partner.get("/referred").text


def test_what_she_takes_back_ends_it_at_once(app, published):
    partner = client_as(app, published, "case_manager", organisation="Partner")
    assert told(partner, REFERRED)[0] == 200
    change(published, consent=[{**AGREED[0], "given": False}])
    assert told(partner, REFERRED) == (404, 404)
    stored = {"purpose": "store", "given": False, "on": "2026-11-01", "by": "x"}
    change(published, consent=[*AGREED, stored])
    assert told(partner, REFERRED) == (404, 404)


def test_nobody_is_asked_for_an_answer_that_stands_already(app, published):
    page = client_as(app, published, "coordinator").get(f"/caseload/{REFERRED}").text

    offered = [one.value_options for one in lxml.html.fromstring(page).xpath("//select[@name='answer']")]
    assert offered == [["", "declined", "done", "withdrawn"]] * 2
