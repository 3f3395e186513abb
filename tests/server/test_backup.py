"""A backup is one file that holds everything, and a restore gives exactly that back."""

import json
import os
import stat
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from bson import Binary
from click.testing import CliRunner

from server import backup_file, cli
from sync.core.problem import Problem
from sync.store import attachments, destroyed, dump
from sync.store.connect import database
from sync.store.keys import vault_of

AT = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def filled(db):
    """A database with what a real one has: bytes, instants, nested documents, files in GridFS."""
    db.submissions.insert_many(
        [
            {"_id": f"uuid:{n:04}", "xml": Binary(b"<data/>" * n), "received_at": AT, "state": "received"}
            for n in range(2500)
        ]
    )
    db.returnees.insert_one({"_id": "entity-1", "risk": {"level": "high", "indicators": [{"name": "d1"}]}})
    attachments.put(db, os.urandom(700_000))
    for secret in ("id", "audit"):
        vault_of(db).secret(secret)  # kept like everything else
    return db


@pytest.fixture
def environment(monkeypatch, mongodb_uri, tmp_path):
    """The command line as an operator types it, on the database of this test."""

    def run(db, *words: str, typed: str = ""):
        monkeypatch.setenv("PTEAH_MONGODB_URI", mongodb_uri)
        monkeypatch.setenv("PTEAH_DATABASE", db.name)
        monkeypatch.setenv("PTEAH_DATA", str(tmp_path / "data"))
        return CliRunner().invoke(cli.main, words, input=typed)

    return run


@pytest.fixture
def empty(mongodb_client, db):
    """A second database, with nothing in it."""
    other = database(mongodb_client, f"{db.name}_2")
    yield other
    mongodb_client.drop_database(other.name)


def everything(db) -> dict[str, list]:
    # A restore is written down and renews the stamps by which processes forget what they kept.
    names = [name for name in dump.collections_of(db) if not name.startswith(("audit", "stamps"))]
    return {name: list(db[name].find().sort("_id", 1)) for name in names}


def test_what_was_backed_up_comes_back_as_it_was(filled, empty, environment, tmp_path):
    file = tmp_path / "backup.zip"
    before = everything(filled)

    assert environment(filled, "backup", str(file)).exit_code == 0
    restored = environment(empty, "restore", str(file))

    assert restored.exit_code == 0, restored.output
    assert {name: found for name, found in everything(empty).items() if found} == {
        name: found for name, found in before.items() if found
    }


def test_restored_collections_have_their_indexes(filled, empty, environment, tmp_path):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    environment(empty, "restore", str(tmp_path / "backup.zip"))
    assert set(empty.submissions.index_information()) == set(filled.submissions.index_information())


def test_a_backup_is_of_one_moment_while_phones_go_on_sending(filled, tmp_path):
    arrived = []

    def send_more(_count: int) -> None:
        arrived.append(filled.submissions.insert_one({"_id": f"later:{len(arrived)}"}))

    manifest = backup_file.write(
        filled, tmp_path / "backup.zip", made_at=AT, version="test", progress=send_more
    )

    assert arrived
    assert manifest["collections"]["submissions"]["documents"] == 2500


def test_only_its_owner_can_read_a_backup(filled, environment, tmp_path):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    assert stat.S_IMODE((tmp_path / "backup.zip").stat().st_mode) == 0o600


def test_who_is_signed_in_is_not_part_of_a_backup(filled, environment, tmp_path):
    filled.sessions.insert_one({"_id": "hash of a cookie"})
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    with zipfile.ZipFile(tmp_path / "backup.zip") as packed:
        assert "collections/sessions.bson" not in packed.namelist()


def test_a_backup_never_writes_over_a_file(filled, environment, tmp_path):
    file = tmp_path / "backup.zip"
    file.write_text("last week's")

    refused = environment(filled, "backup", str(file))

    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert file.read_text() == "last week's"


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(filled, environment, tmp_path):
    refused = environment(filled, "backup", str(tmp_path / "no such folder" / "backup.zip"))
    assert refused.exit_code == 1
    assert "cannot be written" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_is_there_for_programs(filled, environment, tmp_path):
    told = environment(filled, "backup", "--json", str(tmp_path / "backup.zip"))
    assert json.loads(told.stdout)["collections"]["submissions"]["documents"] == 2500


def damage(file, out) -> None:
    """Change one byte of one answer, and pack it well."""
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(out, "w") as other:
        for member in packed.namelist():
            content = packed.read(member)
            if member == "collections/returnees.bson":
                content = content.replace(b"high", b"hidh")
            other.writestr(member, content)


def cut_off(file, out) -> None:
    out.write_bytes(file.read_bytes()[:-2000])


def something_else(_file, out) -> None:
    with zipfile.ZipFile(out, "w") as other:
        other.writestr("holiday.jpg", b"")


def no_zip(_file, out) -> None:
    out.write_bytes(b"not a zip at all")


@pytest.mark.parametrize("change", [damage, cut_off, something_else, no_zip])
def test_a_file_that_is_not_whole_is_refused_before_anything_is_touched(
    filled, environment, tmp_path, change
):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    change(tmp_path / "backup.zip", tmp_path / "broken.zip")
    before = everything(filled)

    refused = environment(filled, "restore", "--replace", "--yes", str(tmp_path / "broken.zip"))

    assert refused.exit_code == 1
    assert everything(filled) == before


def test_a_database_that_holds_something_is_not_overwritten(filled, environment, tmp_path):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    filled.returnees.insert_one({"_id": "entity-2", "case_code": "B"})

    refused = environment(filled, "restore", str(tmp_path / "backup.zip"))

    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert filled.returnees.find_one({"_id": "entity-2", "case_code": "B"})


def test_with_replace_it_asks_and_no_means_no(filled, environment, tmp_path):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    filled.returnees.insert_one({"_id": "entity-2", "case_code": "B"})

    assert (
        environment(filled, "restore", "--replace", str(tmp_path / "backup.zip"), typed="n\n").exit_code == 1
    )
    assert filled.returnees.find_one({"_id": "entity-2", "case_code": "B"})

    assert (
        environment(filled, "restore", "--replace", str(tmp_path / "backup.zip"), typed="y\n").exit_code == 0
    )
    assert not filled.returnees.find_one({"_id": "entity-2", "case_code": "B"})


def test_a_restore_that_was_cut_off_is_noticed_and_done_again(filled, empty, environment, tmp_path):
    environment(filled, "backup", str(tmp_path / "backup.zip"))
    dump.begin_restore(empty)
    empty.submissions.insert_one({"_id": "uuid:0001"})  # and then the power went

    refused = environment(empty, "backup", str(tmp_path / "other.zip"))
    assert refused.exit_code == 1
    assert "pteah restore" in refused.output

    assert environment(empty, "restore", str(tmp_path / "backup.zip")).exit_code == 0
    assert empty.submissions.count_documents({}) == 2500
    assert environment(empty, "backup", str(tmp_path / "other.zip")).exit_code == 0


def test_a_file_of_a_newer_pteah_is_refused(filled, environment, tmp_path):
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as packed:
        packed.writestr("manifest.json", json.dumps({"format": 2, "pteah": "9.9", "collections": {}}))
    with pytest.raises(Problem) as refused:
        backup_file.verify(tmp_path / "new.zip")
    assert refused.value.code == "backup.too_new"


def test_a_backup_from_before_keys_were_renewed_is_refused_and_a_newer_one_restored(
    filled, empty, environment, tmp_path
):
    """Restored, it would look as if everybody in it had been erased."""
    before, after = tmp_path / "before.zip", tmp_path / "after.zip"
    assert environment(filled, "backup", str(before)).exit_code == 0
    assert environment(filled, "key", "renew").exit_code == 0
    for key in filled["keys"].find({"keyAltNames": {"$regex": "^retired:"}}):
        called = key["keyAltNames"][0].rpartition(" ")[2]
        earlier = f"retired:{datetime.now(UTC) - timedelta(hours=2):{destroyed.MOMENT}} {called}"
        filled["keys"].update_one({"_id": key["_id"]}, {"$set": {"keyAltNames": [earlier]}})
    assert "retired keys destroyed" in environment(filled, "key", "sweep").output
    assert environment(filled, "backup", str(after)).exit_code == 0

    refused = environment(empty, "restore", str(before))
    assert (refused.exit_code, "the keys were renewed" in refused.output) == (1, True)
    assert dump.is_empty(empty), "nothing was touched"
    assert environment(empty, "restore", str(after)).exit_code == 0
    assert empty.returnees.find_one({"_id": "entity-1"})["risk"]["level"] == "high"
