"""`pteah worker`: entered, listed, and nobody left behind when one leaves."""

import json

import pytest
from click.testing import CliRunner, Result

from server.commands.worker import command
from sync.core.worker import Worker
from sync.store import audit, caseload, returnees, workers
from tests.desk import SCREENING, SCREENING_AT, Desk


@pytest.fixture
def pteah_worker(tmp_path, mongodb_uri, published):
    """Run `pteah worker …` against this test's database."""
    database = published.name

    def run(*words: str) -> Result:
        environ = {"PTEAH_MONGODB_URI": mongodb_uri, "PTEAH_DATABASE": database, "PTEAH_DATA": str(tmp_path)}
        return CliRunner().invoke(command, list(words), env=environ)

    return run


def test_a_worker_is_entered_and_listed(published, pteah_worker):
    words = ("--name", "សុភា", "--team", "north", "--place", "2001", "--covers", "team")
    added = json.loads(pteah_worker("add", "sophea", *words, "--json").stdout)

    assert workers.named(published, "sophea") == Worker(
        id="sophea", name="សុភា", team="north", places=("2001",), covers="team"
    )
    assert json.loads(pteah_worker("list", "--json").stdout) == [added]
    assert "works here           0 people  team    សុភា · north · 2001" in pteah_worker("list").stdout
    for wrong in (("add", "sophea"), ("add", "no such/name"), ("add", "x", "--place", "99"), ("leave", "x")):
        assert pteah_worker(*wrong).exit_code == 1, wrong


def test_nobody_is_left_behind_when_a_worker_leaves(published, java, pteah_worker):
    desk = Desk(published, java)
    desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()
    (her,) = returnees.every(published)
    before = her["worker_id"]
    workers.meet(published, Worker(id=before, name="Before"))
    workers.add(published, Worker(id="dara", name="Dara"))

    refused = pteah_worker("leave", before, "--yes")
    assert (refused.exit_code, workers.named(published, before).is_active) == (1, True)
    assert "still visits 1 people" in refused.stderr
    asked = pteah_worker("leave", before, "--to", "dara")  # and nobody says yes
    assert (asked.exit_code, workers.named(published, before).is_active) == (1, True)
    assert "Their 1 people go to Dara" in asked.stdout

    told = json.loads(pteah_worker("leave", before, "--wait", "--yes", "--json").stdout)
    assert (told["handed_over"], told["people"]) == (0, 1)
    assert "1 people are in the care of somebody who left" in pteah_worker("list").stdout
    told = json.loads(pteah_worker("leave", before, "--to", "dara", "--yes", "--json").stdout)
    assert (told["handed_over"], told["people"]) == (1, 0)

    after = returnees.find(published, her["_id"])
    assert after["worker_id"] == "dara"
    assert caseload.open_cases(published, [before, "dara"]) == {"dara": 1}
    assert audit.about(published, her["_id"])[0]["kind"] == "decision"
    assert "works here again, with 0 people" in pteah_worker("return", before).stdout
    left = pteah_worker("leave", "dara", "--to", before, "--yes")
    assert "1 people went to" in left.stdout
    assert "works here no longer" in pteah_worker("leave", before, "--to", "dara", "--yes").stderr
