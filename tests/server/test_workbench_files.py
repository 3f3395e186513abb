"""Pictures and lists of choices are replaced by themselves: checked, kept, returned to, at once on phones."""

import hashlib
import io
import json

import pytest
from click.testing import CliRunner

from server.commands.form import command
from sync.store import forms
from tests.server.phones_kit import MADE_AT, Phone, texts
from tests.server.test_workbench import NEXT, Bench, words
from tests.xlsforms.tables import A_FORM, SURVEY, fixture, workbook
from xlsforms.publish import Said, publish

DRAWS = SURVEY.replace("| text              | call_name", "| select_one_from_file faces.csv | call_name")
FACES = b"name,label\nhappy,Happy\nsad,Sad\n"
NEWER = "name,label\nhappy,Happy\nsad,Sad\nបារម្ភ,បារម្ភ\n".encode("utf-8-sig")


@pytest.fixture
def bench(app, config, db):
    """A coordinator, and a published form with a list of choices in a file."""
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", MADE_AT, "test")
    given, said = {"faces.csv": FACES}, Said(note="The first")
    publish(db, workbook(*A_FORM, DRAWS), "trial.xlsx", MADE_AT, "test", media=given, said=said)
    return Bench(app, config, db)


def on_phones(bench) -> tuple[str, bytes]:
    """The MD5 that a phone is told of the list, and what it then fetches."""
    phone = Phone(bench.db, bench.config)
    (manifest,) = texts(phone.get("formList"), "xforms/xform/manifestUrl")
    (told,) = texts(phone.follow(manifest), "manifest/mediaFile/hash")
    (url,) = texts(phone.follow(manifest), "manifest/mediaFile/downloadUrl")
    return told, phone.follow(url).data


def sends(content: bytes, name: str = "faces.csv", **more):
    return {"file": (io.BytesIO(content), name), **more}


def test_a_newer_list_is_on_phones_with_their_next_manifest_and_the_older_one_comes_back(bench):
    assert on_phones(bench) == (f"md5:{hashlib.md5(FACES).hexdigest()}", FACES)

    page = words(bench.do("/forms/files", **sends(NEWER, note="One more face")))

    assert "One more face" in page
    assert "The first" in page
    assert on_phones(bench) == (f"md5:{hashlib.md5(NEWER).hexdigest()}", NEWER)
    assert bench.client.get("/forms/preview/form/trial/files/faces.csv").data == NEWER
    former = hashlib.sha256(FACES).hexdigest()
    assert bench.client.get(f"/forms/files/faces.csv/{former}").data == FACES
    assert bench.client.get(f"/forms/files/faces.csv/{'0' * 64}").status_code == 404

    bench.do("/forms/files/faces.csv/return", sha256=former)

    assert on_phones(bench)[1] == FACES
    kept = forms.find_version(bench.db, "trial", "2026010101")
    assert (kept["media"][0]["by"], kept["version"]) == ("coordinator", "2026010101")
    told = [one["more"]["what"] for one in bench.db.audit.find({"fields": "faces.csv"})]
    assert told == ["file replaced"] * 2


BAD = (
    (b"name,labels\nhappy,Happy\n", ["The column “label” is not there", "Did you mean labels?"]),
    (b"name,label\n", ["There are no choices in it."]),
    (b"name,label\nhappy,A\n,B\n", ["faces.csv, row 3", "This cell is empty."]),
    (b"name,label\nso so,A\n", ["“so so” has a space in it"]),
    (b"name,label\nsad,A\nsad,B\n", ["“sad” is already in row 2."]),
    (b"name,name,label\nsad,sad,A\n", ["There are 2 columns “name”."]),
    ("name,label\nsad,é\n".encode("latin-1"), ["This cannot be read as a list.", "CSV UTF-8"]),
)


def test_a_list_that_would_not_do_on_phones_changes_nothing(bench):
    for content, said in BAD:
        answer = bench.post("/forms/files", **sends(content))

        page = words(answer.text)
        assert answer.status_code == 422, said
        assert "faces.csv was not taken; everything is as it was." in page
        assert [one for one in said if one not in page] == []
    assert on_phones(bench)[1] == FACES


def test_what_people_chose_leaves_the_list_only_when_that_is_typed_and_names_must_fit(bench):
    bench.db.records.insert_one({
        "_id": "uuid:1", "form_id": "trial", "entity_ids": [],
        "answers": [{"path": "/data/call_name", "name": "call_name", "value": ["sad"]}],
    })  # fmt: skip
    happy = b"name,label\nhappy,Happy\n"

    answer = bench.post("/forms/files", **sends(happy))
    assert answer.status_code == 409
    assert "1 stored answers chose something that is no longer in the list" in words(answer.text)
    assert on_phones(bench)[1] == FACES

    bench.do("/forms/files", **sends(happy, confirm="faces.csv"))
    assert on_phones(bench)[1] == happy

    answer = bench.post("/forms/files", **sends(FACES, "face.csv"))

    assert answer.status_code == 409
    assert "No published form has a file “face.csv”" in words(answer.text)
    assert "faces.csv" in words(answer.text)


def test_a_file_that_is_lacking_is_laid_beside_the_workbook(bench):
    pictured = DRAWS.replace("| relevant  ", "| media::image | relevant  ").replace(
        "| Name to use             | ឈ្មោះហៅ           |", "| Name to use | ឈ្មោះហៅ | face.png |"
    )
    pictured = "\n".join(
        line
        if "face.png" in line or "media::image" in line or not line.startswith("|")
        else "|".join([*line.split("|")[:5], " ", *line.split("|")[5:]])
        for line in pictured.splitlines()
    )
    path = bench.hand_in(workbook(*A_FORM, NEXT, pictured))
    assert "The file face.png is not there" in words(bench.client.get(path).text)
    assert "faces.csv is not there" not in words(bench.client.get(path).text)
    assert "<details open><summary>It names pictures" in bench.client.get(path).text

    page = words(bench.do(f"{path}/files", files=[(io.BytesIO(b"GIF89a"), "face.png")]))
    assert "face.png" in page
    assert "Nothing must be mended." in page
    assert bench.post(f"{path}/files").status_code == 400


def test_the_command_line_does_the_same(bench, mongodb_uri, tmp_path):
    environment = {
        "PTEAH_MONGODB_URI": mongodb_uri,
        "PTEAH_DATABASE": bench.db.name,
        "PTEAH_DATA": str(tmp_path),
    }
    (tmp_path / "faces.csv").write_bytes(NEWER)

    def run(*given):
        return CliRunner(env=environment).invoke(command, given)

    put = run("put-file", str(tmp_path / "faces.csv"), "--note", "Newer", "--json")
    assert (put.exit_code, json.loads(put.stdout)["state"]) == (0, "published")
    rows = json.loads(run("files", "--json").stdout)
    assert [(one["note"], one["forms"]) for one in rows] == [("Newer", ["trial"]), ("The first", [])]
    assert run("return-file", "faces.csv", "2").exit_code == 0
    assert on_phones(bench)[1] == FACES
    assert run("return-file", "faces.csv", "9").exit_code == 1
    (tmp_path / "faces.csv").write_bytes(b"name\nx\n")
    assert run("put-file", str(tmp_path / "faces.csv")).exit_code == 1
    assert "1. " in run("files").stdout
