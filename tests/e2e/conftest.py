"""What the end-to-end tests share: a program asking the API, and patience with the worker."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from server import tokens
from tests.javarosa import Filled, Phone
from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Program:
    """A program with a read token."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        """The JSON at /api/v1/…; a problem's `code` fails the test."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"GET {path}: {problem.code} {problem.read()[:500]!r}") from None

    def until_worked_through(self, instance_id: str) -> dict[str, Any]:
        """The submission as the API tells of it, once the worker is done with it."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            told: dict[str, Any] = self.get(f"submissions/{instance_id}")
            if told["state"] != "received" or time.monotonic() > give_up_at:
                return told
            time.sleep(0.05)

    def returnee(self, name: str) -> dict[str, Any]:
        """One returnee, by case code or entity ID."""
        told: dict[str, Any] = self.get(f"returnees/{name}")
        return told


@pytest.fixture
def phone(published: object, phone: Phone) -> Phone:
    """A phone whose first refresh found our published forms."""
    assert published is not None
    return phone


@pytest.fixture
def program(server: Any) -> Program:
    token = tokens.add(server.db, name="test", made_by="test", made_at=datetime.now(UTC))
    return Program(server.url, token)


@pytest.fixture
def sent(program: Program) -> Callable[[Phone, Filled], Filled]:
    """Send a finalised form, see it acknowledged, and wait until the server has made sense of it."""

    def send(phone: Phone, filled: Filled) -> Filled:
        (answer,) = phone.send(filled)
        assert answer.status == 201, answer
        told = program.until_worked_through(filled.instance_id)
        assert (told["state"], told["problem"]) == ("processed", None)
        return filled

    return send
