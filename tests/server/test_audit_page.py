"""The audit on the pages: who saw whom, by case codes, without names; whoever watches is in it, too."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from server.app import create_app
from server.people import audit_words
from sync.core.worker import Worker
from sync.store import audit, workers
from tests.server.files import NOW, a_file
from tests.server.signed_in import client_as

MINE, FOREIGN = "KH-20-2026-0001X", "KH-20-2026-0003X"


@pytest.fixture
def app(config, db):
    """Two of the house, one of another organisation; each was looked at, one is erased by now."""
    for number, organisation in ((1, ""), (2, ""), (3, "Partner")):
        worker = Worker(id=f"worker-{number}", name="w", team=f"team-{number}", organisation=organisation)
        workers.meet(db, worker)
        db.returnees.insert_one(a_file(number, worker_id=worker.id))
        person = a_file(number)["_id"]
        audit.note(
            db, at=NOW, by=f"by-{number}", kind="look", about=[person], fields=["file"], why=f"why {number}"
        )
    audit.note(
        db, at=NOW, by="by-erased", kind="erasure", about=["somebody who is gone"], more={"what": "done"}
    )
    audit.note(db, at=NOW, by="command line", kind="key", more={"what": "master key changed"})
    return create_app(config, db, now=lambda: NOW)


def by_whom(page) -> set[str]:
    return set(re.findall(r"<bdi>((?:by-|command).*?)</bdi>", page.text))


def test_an_auditor_sees_who_saw_whom_and_why_without_a_name_and_that_is_written_down(app, db):
    client = client_as(app, db, "auditor")
    assert client.get("/").headers["Location"] == "/audit"

    page = client.get("/audit")

    assert by_whom(page) == {"by-1", "by-2", "by-erased", "command line"}
    assert {MINE, "why 1", "master key changed"} <= set(
        re.findall(r">(KH-[^<]+X|why 1|master key changed)<", page.text)
    )
    assert "Files that are gone: 1" in page.text
    for hidden in ("Sothea", FOREIGN, "why 3", "High"):
        assert hidden not in page.text, hidden
    (mine, *_) = audit.about(db, a_file(1)["_id"])
    assert (mine["by"], mine["kind"], mine["fields"], mine["more"]) == (
        "auditor",
        "list",
        ["disclosures"],
        {"what": "audit"},
    )
    assert audit.about(db, a_file(3)["_id"])[0]["by"] == "by-3"


def test_it_is_narrowed_by_person_by_account_and_by_kind(app, db):
    client = client_as(app, db, "auditor")
    assert by_whom(client.get(f"/audit?code={MINE.lower()}")) == {"by-1"}
    assert by_whom(client.get("/audit?by=by-2")) == {"by-2"}
    assert by_whom(client.get("/audit?kind=key")) == {"command line"}
    assert "Nothing was written down that fits." in client.get("/audit?by=nobody").text
    for code in (FOREIGN, "KH-20-2026-0009X"):
        refused = client.get(f"/audit?code={code}")
        assert (refused.status_code, by_whom(refused)) == (404, set())
    assert client.get("/audit?after=yesterday~x").status_code == 404


@pytest.mark.parametrize(
    ("narrowed", "seen"),
    [({"organisation": "Partner"}, {"by-3"}), ({"teams": ("team-2",)}, {"by-2"})],
    ids=["of another organisation", "of one team"],
)
@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_has_to_do_with_some_sees_what_is_about_them(app, db, role, narrowed, seen):
    assert by_whom(client_as(app, db, role, **narrowed).get("/audit")) == seen


def test_older_rows_come_page_by_page_and_none_is_left_out(app, db):
    for number in range(120):
        at = NOW - timedelta(days=1, seconds=number // 3)
        audit.note(db, at=at, by=f"by-old-{number}", kind="look", about=[a_file(1)["_id"]])
    client, seen, path = client_as(app, db, "auditor"), [], "/audit?kind=look"
    while path:
        page = client.get(path).text
        seen += re.findall(r"by-old-\d+", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert sorted(seen) == sorted(f"by-old-{number}" for number in range(120))


def test_what_was_done_is_said_in_the_readers_language_and_stays_in_the_audit_as_it_was(app, db):
    person = a_file(1)["_id"]
    audit.note(db, at=NOW, by="by-1", kind="decision", about=[person], fields=["override"])
    audit.note(db, at=NOW, by="by-1", kind="configuration", fields=["intake"], more={"what": "published"})
    said = r'\bphone_noted\(|\bnoted\((?:db, )?"\w+", |\b_noted\(|"what": |\bwhat=|\bnote\([^"\n]+, '
    calls = re.compile(rf'(?:{said}|\bnote\("\w+", )"([a-z][a-z\' ]+)"')
    server = Path(audit_words.__file__).parents[1]
    written = {word for file in server.rglob("*.py") for word in calls.findall(file.read_text("utf-8"))}
    assert {"signed in", "worker left", "conflict settled", "handed in", "backup"} <= written
    assert written - audit_words.DONE == set()
