"""Every address of phones, by whoever asks: one's own phone, another worker's, a lost one, nobody's, nothing.

A route of the door without a row in EXPECTED fails a test, as in test_routes.
"""

import ast
from io import BytesIO
from pathlib import Path

import pytest

from server.app import create_app
from server.phones import door
from sync.store import devices
from tests.server.files import NOW, a_file
from tests.server.phones_kit import a_record

# name in the figures -> address under /key/<token>; what a phone that may gets
EXPECTED = {
    "submission": ("submission", 204),
    "formList": ("formList", 200),
    "form": ("forms/{form}/{version}.xml", 200),
    "manifest": ("manifests/{form}/{version}.xml", 200),
    "media": ("media/{form}/{version}/{file}", 200),
    "people": ("entities/people.csv", 200),
    "integrity": ("entities/people/integrity", 200),
    "submissionList": ("view/submissionList", 404),
    "downloadSubmission": ("view/downloadSubmission", 404),
    "downloadMedia": ("view/media/uuid:1/a.jpg", 404),
    "other": ("nowhere", 404),
}
CALLERS = ("own", "another's", "lost", "nobody's", "nothing")
OPENROSA = {"X-OpenRosa-Version": "1.0", "Date": "Mon, 23 Nov 2026 03:00:00 GMT"}


def test_every_address_of_phones_has_an_expectation():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    names = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Asked"
    }
    assert names == set(EXPECTED)


@pytest.fixture
def doors(config, published):
    """Two workers with a person each, their phones, and one that was lost: caller -> token."""
    db, tokens = published, {}
    for number, caller in enumerate(("own", "another's", "lost"), start=1):
        worker_id = f"worker-{number}"
        db.returnees.insert_one(a_file(number, worker_id=worker_id))
        tokens[caller] = devices.add(db, name=caller, worker_id=worker_id, worker_name="W", made_at=NOW)
    devices.revoke(db, devices.id_of(tokens["lost"]), at=NOW)
    return create_app(config, db, now=lambda: NOW), {**tokens, "nobody's": "A" * 43, "nothing": ""}


def test_who_may_ask_what_of_the_phones_door(doors, published):
    app, tokens = doors
    form = published.form_versions.find_one({"form_id": "followup"})
    parts = {"form": "followup", "version": form["version"], "file": form["media"][0]["name"]}
    wrong = []
    for name, (address, status) in EXPECTED.items():
        for caller in CALLERS:
            path = f"/key/{tokens[caller]}/{address.format(**parts)}".replace("//", "/")
            method = "HEAD" if name == "submission" else "GET"
            said = app.test_client().open(path, method=method, headers=OPENROSA, buffered=True)
            expected = status if caller in ("own", "another's") else 403
            shown = {f"Sothea {number}" for number in (1, 2, 3) if f"Sothea {number}" in said.text}
            of = {"own": {"Sothea 1"}, "another's": {"Sothea 2"}}.get(caller, set())
            if said.status_code != expected or shown != (of if name == "people" else set()):
                wrong.append((name, caller, said.status_code, f"expected: {expected}", shown))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("caller", ["lost", "nobody's", "nothing"])
def test_nobody_else_leaves_a_record(doors, published, caller):
    app, tokens = doors
    said = app.test_client().post(
        f"/key/{tokens[caller]}/submission",
        headers=OPENROSA,
        data={"xml_submission_file": (BytesIO(a_record()), "a.xml")},
    )
    assert said.status_code == 403
    assert published.submissions.count_documents({}) == published.refused.count_documents({}) == 0
