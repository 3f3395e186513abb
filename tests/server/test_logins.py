"""User names of phones and tools on the pages: made, shown once, used, ended."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import Client

from server import accounts
from server.app import create_app
from sync.core.submission import parse_submission
from sync.core.worker import Worker
from sync.store import audit, devices, logins, submissions, workers
from tests.server.browsing import FAINT, FAULTS, axe_faults, served, sign_in
from tests.server.files import NOW
from tests.server.phones_kit import HEADERS, a_record, publish, texts
from tests.server.signed_in import add_account, client_as, csrf_token

ASKED = {"name": "Yearly report", "form": ["screening"], "days": "7"}


@pytest.fixture
def app(config, db):
    publish(db)
    publish(db, "other")
    for number, (team, organisation) in enumerate((("north", ""), ("south", ""), ("", "Partner")), start=1):
        worker_id = f"worker-{number}"
        workers.meet(db, Worker(id=worker_id, name="w", team=team, organisation=organisation))
        record = parse_submission(a_record(instance_id=f"uuid:{number}"))
        submissions.keep(db, record, received_at=NOW, worker_id=worker_id, device_id="d")
    return create_app(config, db, now=lambda: NOW)


def make(client, kind="tool", **form):
    asked = {"csrf_token": csrf_token(client, "/logins"), **(ASKED if kind == "tool" else {}), **form}
    return client.post(f"/logins/{kind}", data=asked)


def made(answer) -> tuple[str, str]:
    """The user name and password that this page shows."""
    assert answer.status_code == 200, answer.text
    (user,) = re.findall(r'<br><span class="code">((?:phone|pull)-[a-z0-9]{8})<', answer.text)
    (password,) = re.findall(r">((?:[a-z0-9]{5}-){4}[a-z0-9]{5})<", answer.text)
    return user, password


def ask(app, path: str, said: tuple[str, str], **query: str):
    where = {"base_url": "https://localhost", "query_string": query}
    return Client(app.wsgi_app).get(f"/openrosa/{path}", headers=HEADERS, auth=said, **where)


def listed(app, said: tuple[str, str], form_id: str = "screening") -> list[str]:
    return texts(ask(app, "view/submissionList", said, formId=form_id), "idChunk/idList/id")


def end(client, user: str):
    return client.post(f"/logins/{user}/end", data={"csrf_token": csrf_token(client, "/logins")})


def test_a_phone_s_user_name_is_shown_once_opens_what_its_token_does_and_is_ended(app, db):
    token = devices.add(db, name="Phone 12", worker_id="worker-1", worker_name="Sok", made_at=NOW)
    administrator = client_as(app, db, "administrator")
    answer = make(administrator, "phone", phone=devices.id_of(token))
    said = made(answer)

    assert "http://localhost/openrosa" in answer.text
    assert said[1] not in administrator.get("/logins").text
    assert ask(app, "formList", said).status_code == 200
    assert ask(app, "view/submissionList", said, formId="screening").status_code == 404
    assert [row["more"]["what"] for row in audit.recent(db, kind="configuration")] == ["user name made"]

    assert "is ended" in end(administrator, said[0]).text
    assert not logins.find(db, said[0]).is_in_use(NOW)
    assert audit.recent(db, kind="configuration")[0]["more"] == {"what": "user name ended", "user": said[0]}
    devices.revoke(db, devices.id_of(token), at=NOW)
    assert make(administrator, "phone", phone=devices.id_of(token)).status_code == 400
    assert make(administrator, "phone", phone="0" * 64).status_code == 400


def test_a_tool_reads_the_chosen_forms_for_some_days_and_those_alone_whom_its_maker_sees(app, db):
    north = made(make(client_as(app, db, "coordinator", teams=("north",))))
    house = made(make(client_as(app, db, "administrator")))

    assert listed(app, north) == ["uuid:1"]
    assert listed(app, house) == ["uuid:1", "uuid:2"]  # no record of the partner's
    for said, other in ((north, "uuid:2"), (house, "uuid:3")):
        asked = f"screening[@version=null and @uiVersion=null]/data[@key={other}]"
        assert ask(app, "view/downloadSubmission", said, formId=asked).status_code == 404
        assert ask(app, f"view/media/{other}/a.jpg", said).status_code == 404
    assert ask(app, "view/submissionList", north, formId="other").status_code == 404
    kept = logins.find(db, north[0])
    assert (kept.forms, kept.ends_at, kept.name) == (("screening",), NOW + timedelta(days=7), "Yearly report")


def test_a_tool_goes_on_no_longer_than_its_maker(app, db):
    add_account(db, "coordinator")
    tool, phone, late = (
        logins.add(db, bytes(32), made_at=NOW, made_by="coordinator", may=may, name="x")[0]
        for may in ("pull", "phone", "pull")
    )
    accounts.change(db, "coordinator", name="Another name")
    assert logins.find(db, tool).ends_at is None
    accounts.change(db, "coordinator", teams=("north",))
    assert logins.find(db, tool).ends_at is not None
    assert logins.find(db, phone).ends_at is None  # it is the phone's, whoever made it
    db.logins.update_one({"_id": late}, {"$set": {"ends_at": NOW + timedelta(days=9)}})
    accounts.close(db, "coordinator", at=NOW)
    assert logins.find(db, late).ends_at == NOW


def test_one_s_own_user_name_is_ended_by_oneself_another_s_by_administrators_alone(app, db):
    coordinator = client_as(app, db, "coordinator")
    user, _ = made(make(coordinator))
    other, _ = logins.add(db, bytes(32), made_at=NOW, made_by="operator", may="pull", name="Of the operator")

    page = coordinator.get("/logins").text
    assert user in page
    assert other not in page
    assert end(coordinator, other).status_code == 404
    assert make(coordinator, "phone").status_code == 403
    administrator = client_as(app, db, "administrator")
    assert end(administrator, other).status_code == end(administrator, user).status_code == 200


def test_what_is_not_said_is_asked_for_and_nothing_is_made(app, db):
    administrator = client_as(app, db, "administrator")
    for wrong in ({"name": " "}, {"form": []}, {"form": ["nothing"]}, {"days": "9999"}, {"days": ""}):
        answer = make(administrator, **wrong)
        assert answer.status_code == 400
        assert "Say what it is for" in answer.text
        # What was right stays filled in.
        assert ("Yearly report" in answer.text) == ("name" not in wrong)
    assert logins.every(db) == []


@pytest.fixture
def url(app, db):
    add_account(db, "administrator")
    with served(app) as address:
        yield address


@pytest.mark.browser
@pytest.mark.parametrize(("width", "language"), [(360, "km-KH"), (1440, "en-GB")])
def test_making_and_ending_one_fits_the_screen_and_needs_no_eyes(open_page, db, width, language):
    token = devices.add(db, name="ទូរសព្ទ ១២", worker_id="worker-1", worker_name="សុខ", made_at=NOW)
    page = open_page(width=width, language=language)
    sign_in(page)
    page.goto("/logins")
    page.select_option("#phone", devices.id_of(token))
    page.click("section[aria-labelledby=of-phone] button")
    user = page.locator("[role=status] .code").nth(1).text_content()
    steps = ("main h1", "td summary", "td details button")  # made, asked once more, ended
    for step in steps:
        page.click(step)
        page.wait_for_selector("[role=status]" if step != "td summary" else "details[open]")
        assert axe_faults(page) == [], step
        assert page.evaluate(FAULTS) == [], step
        assert page.evaluate(FAINT) == [], step
        assert page.evaluate("document.documentElement.scrollWidth") <= width, step
    assert not logins.find(db, user).is_in_use(NOW)
    assert page.locator("td summary").count() == 0
    assert page.said == []
