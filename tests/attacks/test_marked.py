"""The whole application driven with names that are marked; then logs, metrics, addresses, messages are searched.

Phones, pages, the API, commands, a mail server and a listener for webhooks, all real. Every marked text is
looked for in everything that is not a page for somebody who may see it.
"""

# ruff: noqa: E501 - what is done reads best in one line

import io
import json
import logging
import re
import secrets
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

import pytest
import structlog
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from server import logs
from server.cli import COMMANDS, main
from server.messages import loop, webhooks
from sync.store import addresses
from tests.attacks.house import House, Said, Visitor, open_house
from tests.attacks.test_stored import wait_for
from tests.e2e.visits import LATER_VISIT, first_talk
from tests.javarosa import Phone

pytestmark = pytest.mark.java

MARKS = {
    what: f"Marked{word}{secrets.token_hex(3)}"
    for what, word in {
        "her name": "Name", "a worker's note": "Note", "a reason for a decision": "Decision", "a worker": "Worker",
        "a reason for a look": "Look", "a phone": "Phone", "a colleague": "Colleague", "a search": "Search",
        "a wrong answer": "Answer", "a user name nobody has": "User", "a password": "Password",
        "a file": "File",
    }.items()
}  # fmt: skip


class Ears:
    """A mail server and a listener for webhooks, and all they were told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.told.append(envelope.content.decode())
        return "250 kept"


@pytest.fixture
def ears():
    ears = Ears()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            ears.told.append(
                f"{self.path}\n{self.headers}\n{self.rfile.read(int(self.headers['Content-Length'])).decode()}"
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ears.mail_port = free.getsockname()[1]
    mail = Controller(ears, hostname="127.0.0.1", port=ears.mail_port)
    mail.start()
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    ears.url = f"http://127.0.0.1:{listener.server_port}/hook"
    yield ears
    mail.stop()
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture
def log(monkeypatch):
    """Everything that is logged, at the level that says most."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level, settings = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure("DEBUG", terminal=False)
    logging.getLogger("pymongo").setLevel(logging.WARNING)  # as the server has it
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**settings)


class Recorder(Visitor):
    """A browser that notes every address it was shown or sent to, and every error it was told.

    A form that is shown once more holds what its own reader typed: that is no error report.
    """

    def open(self, method: str, path: str, **more) -> Said:
        said = super().open(method, path, **more)
        self.house.seen += [
            path,
            said.header("Location"),
            *re.findall(r'(?:href|action|src)="([^"]*)"', said.text),
        ]
        if said.status >= 400 and ("<h1>This did not work" in said.text or "<!doctype" not in said.text):
            self.house.errors.append(said.text)
        return said


@pytest.fixture
def watched(config, published, ears):
    told = replace(
        config,
        mail_url=f"mailto://127.0.0.1:{ears.mail_port}?mode=insecure&from=pteah@example.org",
        outbound_inside=("127.0.0.1",),
    )
    with open_house(told, published) as house:
        house.seen, house.errors, house.config = [], [], told
        house.visitors = {role: Recorder(house, one.cookies) for role, one in house.visitors.items()}
        yield house


def on_a_phone(house: House, java) -> tuple[str, str]:
    """A person registered and visited by phone, in danger; her entity ID and case code."""
    phone = Phone(java, f"http://127.0.0.1:{house.port}/key/{house.device}")
    phone.refresh()
    talk = phone.fill(
        "screening", first_talk(phone, call_name=MARKS["her name"], contact_recruiter="yes", danger_now="yes")
    )
    phone.send()
    wait_for(house, [talk.instance_id])
    phone.refresh()
    note = {"which": "all", "person": talk.entity["id"], "worker_note": MARKS["a worker's note"]}
    visit = phone.fill("followup", {**LATER_VISIT, **note})
    phone.send()
    wait_for(house, [visit.instance_id])
    broken = visit.xml.replace(
        b"<outcome>done</outcome>", f"<outcome>{MARKS['a wrong answer']}</outcome>".encode()
    )
    stranger = Recorder(house)
    for name, body in ((MARKS["a file"], broken), (MARKS["a file"], b"<" + broken)):
        stranger.open(
            "POST", f"/key/{house.device}/submission", headers={"Content-Type": "multipart/form-data; boundary=b", "X-OpenRosa-Version": "1.0"},
            body=b'--b\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="' + name.encode() + b'.xml"\r\n\r\n' + body + b"\r\n--b--\r\n",
        )  # fmt: skip
    return talk.entity["id"], house.db.returnees.find_one({"_id": talk.entity["id"]})["case_code"]


def on_pages(house: House, code: str) -> None:
    """What people do with her file, some of it wrong."""
    manager, chief = house.visitors["case_manager"], house.visitors["administrator"]
    Recorder(house).sign_in(MARKS["a user name nobody has"], MARKS["a password"])
    manager.post("/names", {"show": "yes"})
    for path in (
        "/",
        "/caseload",
        f"/caseload/{code}",
        "/questions",
        "/account",
        "/notices",
        "/fill",
        "/nowhere",
    ):
        manager.get(path)
    manager.post("/search", {"q": MARKS["a search"]})
    manager.post("/search", {"q": MARKS["her name"]})
    manager.post(f"/caseload/{code}/decisions", {
        "kind": "override", "level": "medium", "until": (datetime.now(UTC) + timedelta(days=9)).date().isoformat(),
        "decision_id": "00000000-0000-4000-8000-0000000000f1", "reason": MARKS["a reason for a decision"],
    })  # fmt: skip
    manager.post(
        f"/caseload/{code}/decisions",
        {"kind": MARKS["a wrong answer"], "reason": MARKS["a reason for a decision"]},
    )
    manager.post("/caseload/KH-20-2026-0002X/reason", {"reason": MARKS["a reason for a look"]})
    manager.get("/caseload/KH-20-2026-0002X")
    chief.post(
        "/accounts",
        {"user": "marked", "name": MARKS["a colleague"], "role": "analyst"},
    )
    chief.post("/accounts/marked", {"name": MARKS["a colleague"], "role": "nobody"})
    chief.post(
        "/phones", {"name": MARKS["a phone"], "worker_name": MARKS["a worker"], "worker_id": "marked-1"}
    )
    for path in ("/accounts", "/accounts/marked", "/phones", "/caseload", "/audit", f"/audit?code={code}"):
        chief.get(path)
    house.visitors["auditor"].get("/audit")
    house.visitors["coordinator"].get("/exports?what=people&purpose=statistics")
    for role in ("coordinator", "analyst"):
        asked = {"what": "people", "purpose": "statistics", "format": "xlsx"}
        assert house.visitors[role].post("/exports", asked, on="/exports?what=people").status == 200


def by_programs(house: House, entity_id: str, code: str) -> None:
    """What programs ask, some of it wrong."""
    reads, decides = (
        Recorder(house, bearer=house.tokens["read"]),
        Recorder(house, bearer=house.tokens["decide"]),
    )
    for path in (
        "returnees",
        f"returnees/{code}",
        f"returnees/{entity_id}",
        "submissions",
        "numbers",
        "forms",
        "questions",
    ):
        reads.get(f"/api/v1/{path}")
    body = {
        "decision_id": "00000000-0000-4000-8000-0000000000f2",
        "kind": "review",
        "reason": MARKS["a reason for a decision"],
    }
    for change in ({}, {"kind": MARKS["a wrong answer"]}, {"another": MARKS["a wrong answer"]}):
        decides.json("POST", f"/api/v1/returnees/{code}/decisions", body | change)
    reads.json("POST", "/api/v1/forms/followup/try", {"answers": {"worker_note": MARKS["a worker's note"]}})
    Recorder(house).open(
        "GET", "/api/v1/returnees", headers={"Authorization": f"Bearer pteah_{MARKS['a password']}"}
    )


def by_commands(house: House, monkeypatch, instance: str) -> str:
    """What commands say that tell of everything."""
    monkeypatch.setenv("PTEAH_MONGODB_URI", house.config.mongodb_uri)
    monkeypatch.setenv("PTEAH_DATABASE", house.config.database)
    monkeypatch.setenv("PTEAH_DATA", str(house.config.data))
    said = ""
    for words in (
        ("submission", "list"), ("submission", "list", "--json"), ("token", "list"), ("doctor",), ("tick",),
        ("rebuild", "--check"), ("audit", "verify"), ("form", "list"), ("user", "list"), ("user", "add", "!", "--role", "analyst"),
        ("submission", "replay", instance),
    ):  # fmt: skip
        assert words[0] in COMMANDS
        done = CliRunner().invoke(main, words)
        said += f"{words}: {done.output}\n"
        if done.exception and not isinstance(done.exception, SystemExit):
            said += repr(done.exception)
    return said


def test_no_marked_text_is_in_a_log_a_metric_an_address_a_message_or_an_error(
    watched, java, ears, log, monkeypatch
):
    house = watched
    for role in ("case_manager", "coordinator", "outreach_worker"):
        addresses.put(house.db, role.replace("_", "-"), channel="mail", to="x@example.org", digest=True)
    webhooks.add(
        house.config,
        house.db,
        url=ears.url,
        events=["alert.raised", "level.changed"],
        made_by="x",
        at=datetime.now(UTC),
    )

    entity_id, code = on_a_phone(house, java)
    on_pages(house, code)
    by_programs(house, entity_id, code)
    loop.run_once(house.config, house.db, datetime.now(UTC))
    loop.run_once(house.config, house.db, datetime.now(UTC) + timedelta(days=1))
    commanded = by_commands(house, monkeypatch, "uuid:nothing")
    metrics = house.stranger().get("/metrics")

    assert metrics.status == 200
    assert code in str(ears.told), "somebody was told of her, by her case code"
    assert house.db.returnees.find_one({"_id": entity_id})["person"]["call_name"] == MARKS["her name"]
    assert house.db.decisions.count_documents({}) >= 1
    assert house.db.looks.count_documents({}) == 1
    assert '"route"' in log.getvalue(), "it was logged"
    assert len(house.seen) > 200
    places = {
        "log": log.getvalue(),
        "metrics": metrics.text,
        "addresses": "\n".join(unquote_plus(one) for one in house.seen),
        "messages": "\n".join(ears.told),
        "notices": json.dumps(list(house.db.notices.find()), default=str),
        "commands": commanded,
        "audit": json.dumps(list(house.db.audit.find({}, {"why": 0})), default=str),
        "errors": "\n".join(house.errors),
    }
    found = [
        f"{what} in {place}"
        for place, text in places.items()
        for what, mark in MARKS.items()
        if mark.lower() in text.lower()
    ]
    assert not found, "\n".join(found)
