"""What is logged: enough to find a fault, and nothing of what a person answered or holds."""

import io
import json
import logging

import pytest
import structlog
from flask import Flask

from server import logs


@pytest.fixture
def lines(monkeypatch):
    """The log as a machine reads it; everybody's settings are put back afterwards."""
    root = logging.getLogger()
    before, level, settings = root.handlers[:], root.level, structlog.get_config()
    quiet = {name: logging.getLogger(name).level for name in logs.QUIET}
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure("INFO", terminal=False)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**settings)
    for name, was in quiet.items():
        logging.getLogger(name).setLevel(was)


def test_a_request_is_one_line_with_its_route_and_never_its_address(lines):
    app = Flask("a test")
    logs.install(app)
    app.add_url_rule("/key/<token>/formList", "form_list", lambda token: "ok")

    app.test_client().get("/key/the-phones-secret/formList?deviceID=collect:1")

    [line] = lines()
    assert line["route"] == "/key/<token>/formList"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "the-phones-secret" not in json.dumps(line)
    assert "collect" not in json.dumps(line)


def test_health_checks_are_no_news(lines):
    app = Flask("a test")
    logs.install(app)
    app.add_url_rule("/healthz", "healthz", lambda: "alive")
    app.test_client().get("/healthz")
    assert lines() == []


def test_an_exception_is_logged_by_type_and_place_without_its_text(lines):
    def wrong() -> None:
        raise ValueError("Sok Dara, 34")

    try:
        wrong()
    except ValueError:
        structlog.get_logger("pteah.test").exception("it.failed")
        logging.getLogger("a library").exception("it failed too")

    for line in lines():
        assert line["error"] == "ValueError"
        assert any("wrong" in place for place in line["at"])
        assert "Sok" not in json.dumps(line)


@pytest.mark.parametrize("root", ["key", "test", "calendar", "invitation"])
def test_a_library_that_names_an_address_does_not_give_the_secret_in_it_away(lines, root):
    logging.getLogger("waitress").warning("client gone while serving %s", f"/{root}/the-secret/submission")
    [line] = lines()
    assert line["event"] == f"client gone while serving /{root}/…/submission"


def test_libraries_that_send_messages_say_neither_whom_to_nor_the_way(lines):
    logging.getLogger("apprise").warning("Failed to send Email to %s", "dara@example.org")
    logging.getLogger("urllib3.connectionpool").warning("POST /bot123:secret/sendMessage")

    assert lines() == []
