"""Who is told of an alert, by a real mail server and a real listener: a case code, once, and nothing else."""

import hashlib
import hmac
import json
import re
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar

from server import accounts
from server.app import create_app
from server.messages import loop, sending, telling, webhooks
from sync.core.problem import Problem
from sync.core.worker import Worker
from sync.store import addresses, assessments, devices, ledger, notices, workers
from sync.store import webhooks as hooks
from sync.store.ledger import Arrived
from tests.server.files import NOW, a_file, a_submission, change_file
from tests.server.signed_in import PASSWORD, client_as, csrf_token

CODE = "KH-20-2026-0001X"
NAME = "Sokunthea"


class Mailbox:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuses = False

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return "451 later, please"
        self.mails.append(envelope.content.decode())
        return "250 kept"


@pytest.fixture
def mailbox(config):
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    box.config = replace(config, mail_url=f"mailto://127.0.0.1:{port}?mode=insecure&from=pteah@example.org")
    yield box
    server.stop()


def an_account(db, role: str, **more) -> str:
    user = more.pop("user", role.replace("_", "-"))
    return accounts.add(
        db, user=user, name=f"A {role}", role=role, password=PASSWORD, made_at=NOW, **more
    ).user


def an_alert(**more):
    given = {
        "id": "uuid:1:H1",
        "code": "H1",
        "label": {"en": "Self-harm"},
        "raised_at": NOW,
        "answer_by": NOW + timedelta(hours=12),
        "instance_id": "uuid:1",
        "acknowledged_at": None,
        "acknowledged_by": None,
    }
    return given | more


@pytest.fixture
def alarmed(published):
    """A person of worker-1 about whom there is an alert, her worker and a team around them."""
    workers.meet(published, Worker(id="worker-1", name="Worker One", team="north"))
    file = a_file(1, worker_id="worker-1", alerts=[an_alert()])
    file["person"]["call_name"] = NAME
    published.returnees.insert_one(file)
    return published


def told(db) -> set[tuple[str, str]]:
    return {(one["to"], one["step"]) for one in db.notices.find({"kind": "alert"})}


def test_worker_and_manager_are_told_at_once_and_the_coordinator_when_nobody_answers(alarmed):
    an_account(alarmed, "outreach_worker", worker_id="worker-1")
    an_account(alarmed, "outreach_worker", user="another", worker_id="worker-2")
    an_account(alarmed, "case_manager", teams=("north",))
    an_account(alarmed, "case_manager", user="far-away", teams=("south",))
    an_account(alarmed, "coordinator")

    telling.tell(alarmed, NOW)
    at_once = {("outreach-worker", "worker"), ("case-manager", "manager")}
    assert told(alarmed) == at_once
    telling.tell(alarmed, NOW + timedelta(hours=6))
    assert told(alarmed) == at_once | {("coordinator", "coordinator")}
    assert telling.tell(alarmed, NOW + timedelta(hours=7)) == 0, "told once"


def test_where_nobody_has_the_next_role_the_one_above_is_told_at_once(alarmed):
    an_account(alarmed, "coordinator")
    telling.tell(alarmed, NOW)
    assert told(alarmed) == {("coordinator", "manager")}


def test_nobody_is_told_once_somebody_has_taken_the_alert_on(alarmed):
    an_account(alarmed, "coordinator")
    change_file(alarmed, alerts=[an_alert(acknowledged_at=NOW)])
    telling.tell(alarmed, NOW + timedelta(days=1))
    assert told(alarmed) == set()


def test_a_mail_has_the_case_code_and_no_name_no_place_no_reason(alarmed, mailbox):
    user = an_account(alarmed, "coordinator")
    addresses.put(alarmed, user, channel="mail", to="lead@example.org", digest=False)

    assert loop.run_once(mailbox.config, alarmed, NOW) == 1
    (mail,) = mailbox.mails
    assert CODE in mail
    assert "lead@example.org" in mail
    assert not [word for word in (NAME, "H1", "Self-harm", "high", "worker-1") if word in mail]
    (row,) = alarmed.audit.find({"kind": "message"})
    assert row["about"] == [alarmed.returnees.find_one()["_id"]]
    assert loop.run_once(mailbox.config, alarmed, NOW + timedelta(minutes=10)) == 0


def test_several_alerts_in_one_case_are_one_mail(alarmed, mailbox):
    user = an_account(alarmed, "coordinator")
    addresses.put(alarmed, user, channel="mail", to="lead@example.org", digest=False)
    change_file(alarmed, alerts=[an_alert(), an_alert(id="uuid:1:H2", code="H2")])

    assert loop.run_once(mailbox.config, alarmed, NOW) == 1
    assert len(mailbox.mails) == 1
    assert {one["sent_at"] for one in notices.of(alarmed, user)} == {NOW}


def test_what_nobody_took_on_for_months_is_not_told_over_and_over(alarmed, mailbox, listener):
    """MongoDB forgets old notices and calls by itself; nobody is told anew because of that."""
    user = an_account(alarmed, "coordinator")
    addresses.put(alarmed, user, channel="mail", to="lead@example.org", digest=False)
    inside = replace(mailbox.config, outbound_inside=("127.0.0.1",))
    webhooks.add(inside, alarmed, url=listener.url, events=["alert.raised"], made_by="a", at=NOW)
    loop.run_once(inside, alarmed, NOW)
    told_first = (len(mailbox.mails), len(listener.heard))
    assert told_first == (1, 1)

    for days, collection, tell in (
        (hooks.KEPT_DAYS, alarmed.webhook_calls, webhooks.run_once),
        (notices.KEPT_DAYS, alarmed.notices, loop.run_once),
    ):
        (forgets,) = [one for one in collection.list_indexes() if one["name"] == "at"]
        assert forgets["expireAfterSeconds"] == days * 86_400
        collection.delete_many({})
        tell(inside, alarmed, NOW + timedelta(days=days))
    assert (len(mailbox.mails), len(listener.heard)) == told_first


def test_what_the_mail_server_refuses_is_sent_again_later_and_given_up_in_the_end(alarmed, mailbox):
    user = an_account(alarmed, "coordinator")
    addresses.put(alarmed, user, channel="mail", to="lead@example.org", digest=False)
    mailbox.refuses = True
    now = NOW
    for _ in range(len(notices.WAIT_MINUTES) + 1):
        loop.run_once(mailbox.config, alarmed, now)
        (notice,) = [one for one in notices.of(alarmed, user) if one["step"] == "manager"]
        assert notice["fault"] == "message.not_sent"
        now = notice["next_try_at"] or now
    assert notice["next_try_at"] is None
    assert notices.given_up(alarmed) >= 1

    mailbox.refuses = False
    assert loop.run_once(mailbox.config, alarmed, now + timedelta(days=1)) >= 0
    assert not [mail for mail in mailbox.mails if NAME in mail]


def test_the_morning_digest_counts_what_waits_and_names_nobody(alarmed, mailbox):
    user = an_account(alarmed, "case_manager", teams=("north",))
    addresses.put(alarmed, user, channel="mail", to="lead@example.org", digest=True)
    change_file(alarmed, alerts=[an_alert(acknowledged_at=NOW)], next_due_on="2020-01-01")

    morning = NOW.replace(hour=0, minute=30) + timedelta(days=1)
    loop.run_once(mailbox.config, alarmed, morning)
    loop.run_once(mailbox.config, alarmed, morning + timedelta(hours=1))
    (mail,) = mailbox.mails
    assert "១" in mail or "1" in mail
    assert CODE not in mail
    assert NAME not in mail


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        ("mail", "lead@example.org?cc=other@example.org"),
        ("mail", "no address"),
        ("sms", "012345678"),
        ("telegram", "../../x"),
        ("json", "http://127.0.0.1/"),
    ],
)
def test_an_address_can_lead_nowhere_but_where_the_operator_sends(config, channel, to):
    open_ways = replace(config, mail_url="mailto://x", sms_url="twilio://x", telegram_url="tgram://x")
    with pytest.raises(Problem):
        sending.checked(open_ways, channel, to)


def test_a_program_hears_of_an_alert_and_a_judgement_signed_and_once(alarmed, config, listener):
    inside = replace(config, outbound_inside=("127.0.0.1",))
    hook, key = webhooks.add(
        inside, alarmed, url=listener.url, events=list(hooks.EVENTS), made_by="admin", at=NOW
    )
    assessments.keep(alarmed, [a_judged_file(alarmed)], made_at=NOW + timedelta(minutes=1))

    now = NOW + timedelta(minutes=2)
    assert webhooks.run_once(inside, alarmed, now) == 2
    assert webhooks.run_once(inside, alarmed, now + timedelta(minutes=5)) == 0
    told = [json.loads(body) for _, body in listener.heard]
    assert {one["event"] for one in told} == set(hooks.EVENTS)
    assert all(set(one) == {"id", "event", "case_code", "at"} for one in told)
    assert {one["case_code"] for one in told} == {CODE}
    for signature, body in listener.heard:
        seconds, code = (part.partition("=")[2] for part in signature.split(","))
        expected = hmac.new(bytes.fromhex(key), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(code, expected)
        assert int(seconds) == int(now.timestamp())
    assert {call["state"] for call in hooks.calls_of(alarmed, hook)} == {"delivered"}


def a_judged_file(db):
    file = db.returnees.find_one()
    file["assessments"] = [{"instance_id": "uuid:1", "cause": "record", "on": "2026-03-01", "level": "high"}]
    return file


def test_a_program_that_is_away_is_tried_again_and_given_up_in_the_end(alarmed, config, listener):
    inside = replace(config, outbound_inside=("127.0.0.1",))
    hook, _ = webhooks.add(inside, alarmed, url=listener.url, events=["alert.raised"], made_by="a", at=NOW)
    listener.status = 503
    now = NOW
    for tries in range(1, len(hooks.WAIT_MINUTES) + 2):
        webhooks.run_once(inside, alarmed, now)
        (call,) = hooks.calls_of(alarmed, hook)
        assert (call["tries"], call["last"]) == (tries, "503")
        now = call["next_try_at"]
    assert call["state"] == "given_up"
    assert len(listener.heard) == len(hooks.WAIT_MINUTES) + 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "https://169.254.169.254/", "ftp://example.org/"])
def test_a_webhook_cannot_be_sent_into_this_network(alarmed, config, url):
    with pytest.raises(Problem) as refused:
        webhooks.add(config, alarmed, url=url, events=["alert.raised"], made_by="admin", at=NOW)
    assert refused.value.code.startswith("outbound.")
    assert hooks.every(alarmed) == []


def test_a_calendar_has_case_codes_and_days_and_ends_when_its_owner_says_so(alarmed, config):
    app = create_app(config, alarmed, now=lambda: NOW)
    client = client_as(app, alarmed, "case_manager", teams=("north",))
    alarmed.returnees.update_one({}, {"$set": {"next_due_on": "2020-01-01", "due_key": "2020-01-01"}})
    page = client.post("/account/calendar", data={"csrf_token": csrf_token(client, "/account")}).text
    path = "/calendar/" + page.partition("/calendar/")[2].partition("<")[0].strip()

    told = app.test_client().get(path)
    assert told.content_type.startswith("text/calendar")
    (visit,) = Calendar.from_ical(told.text).walk("VEVENT")
    assert visit["summary"].startswith(CODE)
    assert visit["dtstart"].dt == NOW.date() or visit["dtstart"].dt >= NOW.date()
    assert NAME not in told.text

    client.post("/account/calendar/end", data={"csrf_token": csrf_token(client, "/account")})
    assert app.test_client().get(path).status_code == 404


def test_coordinators_are_told_how_much_stays_missing_once_a_day_when_there_is_more(published, mailbox):
    workers.add(published, Worker(id="worker-1", name="Worker One", team="north"))
    token = devices.add(published, name=NAME, worker_id="worker-1", worker_name="One", made_at=NOW)
    user = an_account(published, "coordinator")
    accounts.set_language(published, user, "en")
    an_account(published, "coordinator", user="far-away", teams=("south",))
    an_account(published, "administrator")
    addresses.put(published, user, channel="mail", to="lead@example.org", digest=False)
    phone, after = devices.id_of(token), timedelta(hours=mailbox.config.missing_after_hours, minutes=1)
    lacking = a_submission(1, worker_id="worker-1", missing=["photo.jpg"], received_at=NOW)
    published.submissions.insert_one(lacking)

    def arrive(number: int, at) -> None:
        arrived = [Arrived(device_id=phone, install_id="i", form_id="followup", number=number)]
        ledger.note(published, arrived, at=at)

    def told_at(at) -> list[str]:
        loop.run_once(mailbox.config, published, at)
        found = [one["_id"] for one in published.notices.find({"kind": "missing", "at": at})]
        assert all(name.endswith(":coordinator") for name in found)
        return found

    arrive(3, NOW + timedelta(hours=1))  # 1 and 2 are missing
    assert told_at(NOW + after - timedelta(minutes=1)) == []
    assert len(told_at(NOW + after)) == 1
    assert told_at(NOW + after + timedelta(hours=2)) == []  # the two records: once a day is enough
    assert len(told_at(NOW + after + timedelta(days=1))) == 1
    assert told_at(NOW + after + timedelta(days=2)) == []  # nothing new
    counts = [re.search(r"phones: (\d+)\. Please", " ".join(mail.split()))[1] for mail in mailbox.mails]
    assert counts == ["1", "3"]
    assert NAME not in "".join(mailbox.mails)

    ledger.settle(published, phone, by="sok", at=NOW + after)
    published.submissions.update_one({}, {"$set": {"missing": []}})
    arrive(5, NOW + timedelta(days=5))
    assert len(told_at(NOW + after + timedelta(days=5))) == 1


def test_an_address_that_is_none_keeps_what_was_chosen_and_a_kept_one_is_said(alarmed, config):
    app = create_app(replace(config, mail_url="mailto://127.0.0.1:1?mode=insecure"), alarmed, now=lambda: NOW)
    client = client_as(app, alarmed, "case_manager", teams=("north",))
    token = csrf_token(client, "/account")

    def keep(**form: str) -> str:
        return client.post("/account/messages", data={"csrf_token": token, **form}).text

    refused = keep(channel="mail", to="dara at example")
    assert re.search(r'value="mail" checked', refused), "else the next Keep would keep nothing"
    assert 'value="dara at example"' in refused
    assert "SMS: with the country" not in refused, "a way that the operator has not opened"
    assert "told here: dara@example.org" in keep(channel="mail", to="dara@example.org")
    assert accounts.find(alarmed, "case-manager").language == "en", "and so are the messages"
    assert "only here in Pteah" in keep(channel="", to="dara@example.org")
    assert addresses.find(alarmed, "case-manager").channel is None
