"""Taking data out: the page, the API; who may, what they get, what is written down first."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest

from server import tokens
from server.app import create_app
from sync.core.worker import Worker
from sync.store import audit, workers
from tests.server.files import NOW, a_file
from tests.server.signed_in import client_as, csrf_token

MINE, THEIRS, REFUSED = "KH-20-2026-0001X", "KH-20-2026-0002X", "KH-20-2026-0004X"
AGREED = [{"purpose": "statistics", "given": True, "on": "2026-11-01", "by": "x"}]


@pytest.fixture
def app(config, db):
    """One of team north, of team south, of another organisation; one of team north who did not agree."""
    for number, (team, organisation) in enumerate(
        (("north", ""), ("south", ""), ("west", "Partner"), ("north", "")), start=1
    ):
        worker_id = f"worker-{number}"
        workers.meet(db, Worker(id=worker_id, name=worker_id, team=team, organisation=organisation))
        consent = AGREED if number != 4 else []
        db.returnees.insert_one(a_file(number, worker_id=worker_id, consent=consent))
    return create_app(config, db, now=lambda: NOW)


def take_out(client, **form):
    return client.post(
        "/exports", data={"csrf_token": csrf_token(client, "/exports"), "what": "people", **form}
    )


def codes_in(answer) -> list[str]:
    return [row["person"] for row in csv.DictReader(StringIO(answer.text[1:], newline=""))]


def test_a_coordinator_counts_first_and_takes_out_those_in_scope_who_agreed(app, db):
    client = client_as(app, db, "coordinator", teams=("north",))
    page = client.get("/exports?what=people&purpose=statistics").text
    assert "1 people are in it." in page
    assert "1 are left out" in page
    assert db.audit.count_documents({"kind": "export"}) == 0, "counting takes nothing out"

    answer = take_out(client, purpose="statistics", format="csv")
    assert codes_in(answer) == [MINE]
    assert "Sothea 1" in answer.text
    assert answer.headers["Pteah-Left-Out"] == "1"
    assert answer.headers["Content-Disposition"] == "attachment; filename=pteah-people-2026-11-23.csv"
    (row,) = audit.recent(db, kind="export")
    assert row["about"] == [a_file(1)["_id"]]
    assert (row["by"], row["more"]["left_out"], "call_name" in row["fields"]) == ("coordinator", 1, True)

    book = openpyxl.load_workbook(BytesIO(take_out(client, purpose="statistics", format="xlsx").data))
    assert [line[0] for line in book["people"].iter_rows(values_only=True)] == ["person", MINE]


def test_without_a_purpose_or_with_nobody_who_agreed_nothing_leaves(app, db):
    client = client_as(app, db, "coordinator")
    assert take_out(client, purpose="").status_code == 400
    assert client.get("/exports?what=nothing&purpose=statistics").status_code == 400
    page = client.get("/exports?what=people&purpose=share_legal").text
    assert "There is nobody to take out" in page
    assert db.audit.count_documents({"kind": "export"}) == 0


def test_an_analyst_gets_rows_in_which_nobody_is_found_again(app, db):
    client = client_as(app, db, "analyst")
    assert "Rows without names" in client.get("/exports").text
    answer = take_out(client, purpose="share_partner", format="csv")
    assert len(codes_in(answer)) == 2, "of the own organisation"
    for secret in ("Sothea", "KH-", "worker-", "010501", "00000000-", "2026-11"):
        assert secret not in answer.text, secret
    about = {one for row in audit.recent(db, kind="export") for one in row["about"]}
    assert about == {a_file(1)["_id"], a_file(2)["_id"]}


@pytest.mark.parametrize(
    ("scopes", "status", "seen"),
    [
        (("read",), 403, []),
        (("numbers",), 403, []),
        (("export",), 200, ["P-"]),
        (("read", "export"), 200, [THEIRS]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_a_token_takes_out_what_its_scopes_say(app, db, scopes, status, seen):
    token = tokens.add(db, name="t", made_by="test", made_at=NOW, scopes=scopes, teams=("south",))
    answer = app.test_client().get(
        "/api/v1/exports/people?purpose=statistics", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    if status == 200:
        assert [code[: len(seen[0])] for code in codes_in(answer)] == seen
        assert ("Sothea" in answer.text) is ("read" in scopes)
        assert audit.recent(db, kind="export")[0]["by"] == "program:t"
