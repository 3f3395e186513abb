"""A house to attack: a real server on a real socket, with people in it who must not be seen."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from server import accounts, invitations, tokens
from server.config import Config
from server.serving import Serving
from sync.core.worker import Worker
from sync.store import devices, workers
from sync.store.rules import current_rules
from tests.server.files import a_file, a_submission

PASSWORD = "one two three four"
OWN, COLLEAGUES, FOREIGN = "KH-20-2026-0001X", "KH-20-2026-0002X", "KH-20-2026-0003X"
NAMES = {OWN: "Mine-Phalla", COLLEAGUES: "Theirs-Bopha", FOREIGN: "Elsewhere-Chenda"}
ENTITY = {code: f"00000000-0000-4000-8000-{number:012d}" for number, code in enumerate(NAMES, start=1)}
RECORD = {code: a_submission(number)["_id"] for number, code in enumerate(NAMES, start=1)}
ROLES = ("case_manager", "coordinator", "outreach_worker", "auditor", "analyst", "administrator")


@dataclass
class Said:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


@dataclass
class Visitor:
    """A browser or program that sends exactly what it is told to."""

    house: "House"
    cookies: dict[str, str] = field(default_factory=dict)
    bearer: str = ""

    def open(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, Any] | list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Said:
        sent = {"Host": f"127.0.0.1:{self.house.port}", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.bearer:
            sent["Authorization"] = f"Bearer {self.bearer}"
        if form is not None:
            body = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        line = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            line.putheader(name, value)
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        said = Said(answer.status, answer.getheaders(), answer.read())
        line.close()
        for name, value in said.headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return said

    def get(self, path: str, **more: Any) -> Said:
        return self.open("GET", path, **more)

    def post(
        self, path: str, form: dict[str, Any] | None = None, *, on: str = "/account", **more: Any
    ) -> Said:
        """Send a form with the token of a page, as a person's browser would."""
        return self.open("POST", path, form={"csrf_token": self.csrf(on), **(form or {})}, **more)

    def csrf(self, on: str = "/account") -> str:
        page = self.get(on)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        return found[1] if found else ""

    def json(self, method: str, path: str, value: Any) -> Said:
        headers = {"Content-Type": "application/json"}
        return self.open(method, path, body=json.dumps(value).encode(), headers=headers)

    def sign_in(self, user: str, password: str = PASSWORD, **more: str) -> Said:
        form = {"csrf_token": self.csrf("/sign-in"), "user": user, "password": password, **more}
        return self.open("POST", "/sign-in", form=form)


BY_ITSELF = ("language", "first_signed_in_at", "here_on", "here_before")
"""What of an account changes by being used."""


@dataclass
class House:
    """The server, what is in it, and ways in."""

    db: Any
    port: int
    data: Any
    device: str
    visitors: dict[str, Visitor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def stranger(self) -> Visitor:
        """Nobody."""
        return Visitor(self)

    def program(self, scope: str = "read") -> Visitor:
        """A program with a token of this scope, for team north."""
        return Visitor(self, bearer=self.tokens[scope])

    def raw(self, sent: bytes) -> bytes:
        """Whatever comes back to these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            got = b""
            with suppress(ConnectionError):  # it may hang up in the middle of too much
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
                while part := line.recv(65_536):
                    got += part
        return got

    def as_before(self) -> dict[str, Any]:
        """What no attack may change: to be compared with itself later."""
        return {
            "accounts": list(
                self.db.accounts.find(
                    {}, {"language": 0, "first_signed_in_at": 0, "here_on": 0, "here_before": 0}
                ).sort("_id", 1)
            ),
            "decisions": self.db.decisions.count_documents({}),
            "tokens": list(self.db.api_tokens.find({}, {"last_used_at": 0}).sort("_id", 1)),
            "devices": list(self.db.devices.find({}, {"_id": 1, "revoked_at": 1}).sort("_id", 1)),
            "files": [(one["_id"], one["worker_id"]) for one in self.db.returnees.find().sort("_id", 1)],
        }


@contextmanager
def open_house(config: Config, db: Any) -> Iterator[House]:
    """A house with three people in it: one's own, a colleague's, another organisation's."""
    teams = (("north", ""), ("south", ""), ("west", "Partner"))
    at = datetime.now(UTC)
    rules = current_rules(db)
    assert rules is not None
    for number, (code, (team, organisation)) in enumerate(zip(NAMES, teams, strict=True), start=1):
        worker_id = f"worker-{number}"
        worker = Worker(id=worker_id, name=f"Worker {number}", team=team, organisation=organisation)
        workers.meet(db, worker)
        file = a_file(number, worker_id=worker_id, case_code=code, places=["01", "0105"])
        file |= {"rules_version": rules.version, "changes_on": None}  # or the worker would fold them anew
        file["person"]["call_name"] = file["entity"]["label"] = NAMES[code]
        file["instances"] = [RECORD[code]]
        db.returnees.insert_one(file)
        db.submissions.insert_one(a_submission(number, worker_id=worker_id, touches=[ENTITY[code]]))
    device = devices.add(db, name="Phone", worker_id="worker-1", worker_name="Worker 1", made_at=at)
    with Serving(replace(config, port=0), db) as serving:
        house = House(db, urlsplit(serving.url).port or 0, config.data, device)
        for role in ROLES:
            accounts.add(
                db, user=role.replace("_", "-"), name=role, role=role, password=PASSWORD, made_at=at,
                worker_id="worker-1" if role == "outreach_worker" else "", teams=("north",),
            )  # fmt: skip
            house.visitors[role] = Visitor(house)
            assert house.visitors[role].sign_in(role.replace("_", "-")).status == 303
        for scope in tokens.SCOPES:
            scopes = ("read", scope) if scope in ("decide", "phones") else (scope,)
            house.tokens[scope] = tokens.add(
                db, name=scope, made_by="test", made_at=at, scopes=scopes, teams=("north",)
            )
        accounts.add(db, user="invited", name="", role="analyst", password="", made_at=at)
        house.tokens["invitation"] = invitations.invite(db, "invited", by="test", at=at)
        yield house
        there = db.returnees.count_documents({"case_code": {"$in": list(NAMES)}})
        assert there == len(NAMES), "nothing was there to be seen"
