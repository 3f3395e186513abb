"""An answer put right: the record then reads as a phone would have sent it, and counts so.

What the phone sends is JavaRosa's, from our own published workbooks.
"""

from datetime import timedelta

import pytest
from lxml import etree

from sync.core.asked import as_asked
from sync.core.decision import Decision
from sync.core.submission import parse_submission, root_of
from sync.deciding import decide_once
from sync.store import forms, returnees, submissions
from sync.store.rules import current_rules
from tests.desk import SCREENING, SCREENING_AT, Desk
from tests.xlsforms.filled import CHANGED, ROUTINE

VISITED_AT = SCREENING_AT + timedelta(hours=12)
OF_A_SENDING = ("instanceID", "start", "end", "today", "number")


@pytest.fixture
def desk(published, java):
    return Desk(published, java)


@pytest.fixture
def person(desk, published) -> str:
    desk.fill("screening", SCREENING, SCREENING_AT)
    desk.work()
    return published.returnees.find_one({})["_id"]


def answers_in(root: etree._Element) -> dict[str, str]:
    """Every answer of a record by its path, but for what tells one sending from another."""
    tree = root.getroottree()
    leaves = [one for one in root.iter() if isinstance(one.tag, str) and not len(one)]
    found = {tree.getpath(one): one.text or "" for one in leaves}
    return {path: text for path, text in found.items() if not path.endswith(OF_A_SENDING)}


def path_of(root: etree._Element, name: str) -> str:
    (leaf,) = [one for one in root.iter() if isinstance(one.tag, str) and etree.QName(one).localname == name]
    way = [etree.QName(one).localname for one in (*reversed(list(leaf.iterancestors())), leaf)]
    return "/" + "/".join(way)


def test_what_the_form_would_not_have_asked_counts_no_more_as_on_the_phone(desk, published, person):
    sent = desk.filled("followup", CHANGED | {"person": person}, VISITED_AT)
    as_said = root_of(desk.filled("followup", ROUTINE | {"person": person}, VISITED_AT))
    root = root_of(sent)
    before, path = etree.tostring(root), path_of(root, "life_same")
    form = forms.form_definition(published, "followup", forms.current_version(published, "followup"))

    put_right = as_asked(root, {path: "yes"}, form, at=VISITED_AT)

    assert answers_in(root) != answers_in(as_said)
    assert answers_in(put_right) == answers_in(as_said), "phone and server make the same of it"
    assert etree.tostring(root) == before, "what was sent stays as it is"
    assert answers_in(as_asked(root, {}, form, at=VISITED_AT)) == answers_in(root)

    # The same for her file: it no longer counts, is still there as it came, and counts again when taken back.
    desk.keep(sent, VISITED_AT)
    desk.work()
    number = parse_submission(sent).instance_id
    assert answer_of(published, number, "housing") == "own"
    for place, (value, counts) in enumerate((("yes", None), ("no", "own"))):
        correction = Decision(
            decision_id=f"00000000-0000-4000-8000-{place:012d}",
            entity_id=person,
            kind="correct",
            at=VISITED_AT + timedelta(hours=place + 1),
            on=(VISITED_AT + timedelta(hours=place + 1)).date(),
            by="dara",
            reason="She said so.",
            about=number,
            details={"path": path, "value": value},
        )
        decide_once(published, correction, returnees.find(published, person), current_rules(published))
        desk.work()
        assert answer_of(published, number, "housing") == counts
    assert bytes(submissions.find(published, number)["xml"]) == sent


def answer_of(db, instance_id: str, name: str) -> str | None:
    """What counts as the answer to this question in this record."""
    (record,) = db.records.find({"_id": instance_id})
    return next((one["value"] for one in record["answers"] if one["name"] == name), None)
