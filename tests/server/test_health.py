"""/healthz, /readyz and /metrics."""

import re
from dataclasses import replace

import pytest

from server.app import create_app
from sync.store.connect import open_database
from tests.server.files import NOW, a_file, a_submission
from tests.server.signed_in import client_as


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


def test_a_server_that_answers_is_alive(client):
    assert client.get("/healthz").status_code == 200


def test_a_server_that_can_keep_a_submission_is_ready(client):
    assert client.get("/readyz").status_code == 200


def test_a_server_whose_database_is_gone_is_alive_but_not_ready(app):
    nobody_listens_here = open_database("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200", "x")
    app.extensions["pteah.readiness"]._db = nobody_listens_here

    with nobody_listens_here.client:
        assert app.test_client().get("/readyz").status_code == 503
        assert app.test_client().get("/healthz").status_code == 200


def test_metrics_say_how_many_submissions_are_in_each_state_and_how_long_the_oldest_waits(client, db):
    db.submissions.insert_many([a_submission(1), a_submission(2, state="received")])
    db.submissions.insert_one(a_submission(3, state="set_aside"))

    text = client.get("/metrics").text

    assert 'pteah_submissions{state="received"} 1.0' in text
    assert 'pteah_submissions{state="processed"} 1.0' in text
    assert 'pteah_submissions{state="set_aside"} 1.0' in text
    assert "pteah_oldest_unprocessed_seconds 7200.0" in text
    assert "pteah_parity_differences 0.0" in text


def test_metrics_count_the_records_on_which_a_phone_came_to_another_answer(client, db):
    db.records.insert_many([{"parity": []}, {"parity": [{"code": "H1"}, {"code": "H2"}]}])

    assert "pteah_parity_differences 1.0" in client.get("/metrics").text


def test_metrics_name_routes_and_never_what_was_asked_for(app, db):
    db.returnees.insert_one(a_file(1))
    client = client_as(app, db, "coordinator")
    client.get("/caseload/KH-20-2026-0001X")
    client.get("/caseload/KH-20-2026-0001X/reason")
    client.open("/caseload", method="MADE-UP")

    text = client.get("/metrics").text

    assert 'route="/caseload/<code>"' in text
    assert not re.search("KH-20|Sothea|MADE-UP", text)


def test_metrics_are_for_this_machine_only(app):
    client = app.test_client()

    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403


def test_a_proxy_on_this_machine_does_not_open_metrics_to_the_world(client):
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_with_a_metrics_token_the_token_counts_wherever_it_comes_from(config, db):
    app = create_app(replace(config, metrics_token="of-a-test"), db, now=lambda: NOW)
    client = app.test_client()
    far_away = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}

    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer of-a-test"}, **far_away).status_code == 200
    )
