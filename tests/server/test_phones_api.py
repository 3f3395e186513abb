"""Phones and workers for programs: list, add, revoke, each within the token's scope."""

import pytest

from server import tokens
from server.app import create_app
from sync.core.worker import Worker
from sync.store import devices, workers
from tests.server.files import NOW, a_file


@pytest.fixture
def ask(config, db):
    """Ask the API with a token of these scopes."""
    client = create_app(config, db, now=lambda: NOW).test_client()

    def ask(method: str, path: str, json=None, scopes=("phones",)):
        token = tokens.add(db, name="test", made_by="test", made_at=NOW, scopes=tuple(scopes))
        return client.open(
            f"/api/v1/{path}", method=method, json=json, headers={"Authorization": f"Bearer {token}"}
        )

    return ask


def test_a_phone_is_added_listed_and_revoked_and_its_token_is_told_once(ask, db):
    added = ask("POST", "devices", {"name": "Phone 1", "worker_id": "dara", "worker_name": "ដារ៉ា"})
    assert added.status_code == 201
    token = added.json["server_url"].rpartition("/")[2]
    assert devices.find_by_token(db, token).name == "Phone 1"

    listed = ask("GET", "devices")
    (phone,) = listed.json["items"]
    assert (phone["worker_id"], phone["worker_name"], phone["records_missing"]) == ("dara", "ដារ៉ា", 0)
    assert token not in listed.text

    assert ask("POST", f"devices/{phone['id']}/revoke", {"lost": True}).status_code == 204
    assert devices.find_by_token(db, token) is None
    assert ask("GET", "devices").json["items"][0]["lost_at"]
    assert ask("POST", f"devices/{phone['id']}/revoke", {}).status_code == 404


def test_a_worker_is_entered_once_and_leaves(ask, db):
    given = {"worker_id": "dara", "name": "Dara", "places": ["2001"], "covers": "places", "ahead_days": 7}
    assert ask("POST", "workers", given).json == {**given, "team": "", "left_at": None, "people": 0}
    assert ask("POST", "workers", given).status_code == 409
    assert ask("POST", "workers/dara/leave").json["left_at"]
    assert not workers.named(db, "dara").is_active
    assert ask("POST", "devices", {"name": "P", "worker_id": "dara"}).json["code"] == "worker.left"
    assert ask("POST", "workers/nobody/leave").status_code == 404


def test_a_worker_who_still_visits_people_leaves_only_when_it_is_said_what_becomes_of_them(ask, db):
    workers.add(db, Worker(id="worker-1", name="One"))
    db.returnees.insert_many([a_file(1), a_file(2), a_file(3, status="closed")])

    refused = ask("POST", "workers/worker-1/leave")
    assert (refused.status_code, refused.json["code"]) == (409, "worker.has_people")
    assert "still visits 2 people" in refused.json["detail"]
    for to, code in (("worker-1", "worker.takes_own"), ("nobody", "worker.unknown")):
        assert ask("POST", "workers/worker-1/leave", {"to": to}).json["code"] == code
    assert workers.named(db, "worker-1").is_active

    left = ask("POST", "workers/worker-1/leave", {"wait": True}).json
    assert (left["people"], bool(left["left_at"])) == (2, True)
    assert [one["people"] for one in ask("GET", "workers").json["items"]] == [2]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("workers", {"worker_id": "$ne", "name": "x"}),
        ("workers", {"worker_id": {"$ne": ""}, "name": "x"}),
        ("workers", {"worker_id": "a", "name": "x", "places": ["99"]}),
        ("workers", {"worker_id": "a", "name": "x", "places": [{"$gt": ""}]}),
        ("workers", {"worker_id": "a", "name": "x", "covers": "all"}),
        ("workers", {"worker_id": "a", "name": "x", "left_at": "2026-01-01T00:00:00Z"}),
        ("workers", {"worker_id": "a", "name": "x", "demo": True}),
        ("devices", {"name": "", "worker_id": "a"}),
        ("devices", {"name": "x", "worker_id": "a b"}),
        ("devices", {"name": "x", "worker_id": "a", "token": "mine"}),
        ("devices", []),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_entered(ask, db, path, given):
    assert ask("POST", path, given).status_code in (400, 422)
    assert db.workers.count_documents({}) == db.devices.count_documents({}) == 0


@pytest.mark.parametrize("scopes", [("read",), ("read", "decide"), ("forms",), ("numbers",)])
def test_only_a_token_for_phones_may_change_any(ask, db, scopes):
    assert ask("POST", "devices", {"name": "P", "worker_id": "a"}, scopes).status_code == 403
    assert ask("POST", "workers", {"worker_id": "a", "name": "A"}, scopes).status_code == 403
    assert ask("GET", "devices", scopes=scopes).status_code == (200 if "read" in scopes else 403)
    assert db.devices.count_documents({}) == 0
