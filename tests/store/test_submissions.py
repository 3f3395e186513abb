"""What is kept of a submission, who works on it, and what happens when that fails. On a real MongoDB."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.core.problem import Problem
from sync.core.submission import Attachment, parse_submission
from sync.store import submissions
from sync.store.keeper import Keeper
from sync.store.submissions import Processed

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
FILES = {name: f"{number:064x}" for number, name in enumerate(["a.jpg", "b.jpg", "c.amr", "audit.csv"])}


def a_record(number: int = 1, answer: str = "yes", *, edit_of: str = "") -> object:
    deprecated = f"<deprecatedID>{edit_of}</deprecatedID>" if edit_of else ""
    return parse_submission(
        f'<data id="screening" version="1"><q>{answer}</q><meta>'
        f"<instanceID>uuid:{number}</instanceID>{deprecated}</meta></data>".encode()
    )


def a_file(name: str, content: str = "") -> Attachment:
    return Attachment(name=name, sha256=content or FILES[name], bytes=9, content_type="image/jpeg")


def keep(db, record, *files: Attachment, at: datetime = NOW, keeper: Keeper | None = None) -> str:
    return (keeper or Keeper(db)).keep(
        record, received_at=at, worker_id="worker-1", device_id="device-1", attachments=files
    )


def names(db, instance_id: str = "uuid:1") -> list[str]:
    return [file["name"] for file in submissions.find(db, instance_id)["attachments"]]


def test_a_submission_is_kept_as_it_came(db):
    record = a_record()

    assert keep(db, record, a_file("a.jpg")) == "created"

    kept = submissions.find(db, "uuid:1")
    assert bytes(kept["xml"]) == record.xml
    assert (kept["form_id"], kept["form_version"], kept["sha256"]) == ("screening", "1", record.sha256)
    assert (kept["state"], kept["received_at"], kept["failures"]) == ("received", NOW, 0)
    assert kept["attachments"] == [
        {"name": "a.jpg", "sha256": FILES["a.jpg"], "bytes": 9, "content_type": "image/jpeg"}
    ]


def test_the_same_bytes_again_change_nothing(db):
    keep(db, a_record(), a_file("a.jpg"))
    before = submissions.find(db, "uuid:1")

    assert keep(db, a_record(), a_file("a.jpg"), at=NOW + timedelta(days=1)) == "same"

    assert submissions.find(db, "uuid:1") == before
    assert db.submissions.count_documents({}) == 1


def test_other_bytes_under_one_instance_id_are_a_conflict_and_both_are_kept(db):
    keep(db, a_record(answer="yes"))

    with pytest.raises(Problem) as refused:
        keep(db, a_record(answer="no"), a_file("a.jpg"))

    assert refused.value.code == "submission.conflict"
    assert b"yes" in bytes(submissions.find(db, "uuid:1")["xml"])
    (aside,) = submissions.conflicts_of(db, "uuid:1")
    assert b"no" in bytes(aside["xml"])
    assert aside["attachments"][0]["name"] == "a.jpg"
    assert names(db) == []


def test_a_conflict_sent_again_and_again_is_kept_aside_once(db):
    keep(db, a_record(answer="yes"))

    for _ in range(3):
        with pytest.raises(Problem):
            keep(db, a_record(answer="no"))

    assert len(submissions.conflicts_of(db, "uuid:1")) == 1


def test_files_that_come_later_are_added(db):
    keep(db, a_record(), a_file("b.jpg"))

    assert keep(db, a_record(), a_file("a.jpg")) == "same"

    assert names(db) == ["a.jpg", "b.jpg"]


def test_a_file_with_other_content_takes_the_place_and_the_former_is_not_lost(db):
    keep(db, a_record(), a_file("a.jpg", "1" * 64))

    keep(db, a_record(), a_file("a.jpg", "2" * 64))

    kept = submissions.find(db, "uuid:1")
    assert [file["sha256"] for file in kept["attachments"]] == ["2" * 64]
    assert [file["sha256"] for file in kept["replaced"]] == ["1" * 64]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sendings=st.lists(st.sets(st.sampled_from(sorted(FILES))), max_size=6), number=st.uuids())
def test_however_the_files_are_split_repeated_and_ordered_the_same_is_stored(db, sendings, number):
    record = a_record(number.int)

    for sending in [*sendings, set(FILES)]:
        keep(db, record, *(a_file(name) for name in sending))

    kept = submissions.find(db, record.instance_id)
    assert [file["name"] for file in kept["attachments"]] == sorted(FILES)
    assert kept["replaced"] == []


@pytest.mark.parametrize("threads", [2, 16])
def test_what_many_threads_hand_in_at_once_is_kept_and_told_apart(db, threads):
    keeper = Keeper(db)
    # Every record comes three times, and once with another answer.
    sendings = [a_record(number, answer) for number in range(40) for answer in ("yes", "yes", "yes", "no")]
    start = threading.Barrier(threads)

    def send(own: list) -> list[str]:
        start.wait()
        return [outcome(record) for record in own]

    def outcome(record) -> str:
        try:
            return keep(db, record, keeper=keeper)
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(threads) as pool:
        outcomes = [
            one for some in pool.map(send, [sendings[i::threads] for i in range(threads)]) for one in some
        ]

    assert outcomes.count("created") == 40
    assert db.submissions.count_documents({}) == 40
    # Whichever answer came first: either three were the same, or one stood against three.
    assert outcomes.count("same") + outcomes.count("submission.conflict") == 120
    assert db.conflicting.count_documents({}) == 40


def test_two_parts_of_one_record_at_the_same_moment_are_merged(db):
    keeper = Keeper(db)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: keep(db, a_record(), a_file(name), keeper=keeper), FILES))

    assert names(db) == sorted(FILES)


def test_when_mongodb_stops_promising_the_phone_is_told_to_come_again(db):
    keeper = Keeper(db)
    db.command("collMod", "submissions", validator={"form_version": "2"})

    with pytest.raises(Problem) as refused:
        keep(db, a_record(), keeper=keeper)

    assert refused.value.code == "server.busy"
    db.command("collMod", "submissions", validator={})
    assert keep(db, a_record(), keeper=keeper) == "created"


# --- the worker's side


def claimed(db, at: datetime = NOW, limit: int = 20) -> list[str]:
    return [one["_id"] for one in submissions.claim_some(db, now=at, worker_name="w", limit=limit)]


def test_submissions_are_taken_up_in_the_order_of_arrival(db):
    for number in (3, 1, 2):
        keep(db, a_record(number), at=NOW + timedelta(seconds=number))

    assert claimed(db, NOW + timedelta(seconds=9)) == ["uuid:1", "uuid:2", "uuid:3"]


def test_what_one_worker_holds_no_other_gets(db):
    for number in range(30):
        keep(db, a_record(number))

    with ThreadPoolExecutor(6) as pool:
        taken = [one for some in pool.map(lambda _: claimed(db, limit=10), range(6)) for one in some]

    assert len(taken) == len(set(taken))
    assert sorted([*taken, *claimed(db, limit=100)]) == sorted(f"uuid:{number}" for number in range(30))


def test_what_a_dead_worker_held_is_free_after_a_minute(db):
    keep(db, a_record())
    claimed(db)

    assert claimed(db, NOW + timedelta(seconds=59)) == []
    assert claimed(db, NOW + timedelta(seconds=60)) == ["uuid:1"]


def test_what_is_processed_is_not_taken_up_again_and_names_its_people(db):
    keep(db, a_record())
    claimed(db)

    done = Processed("uuid:1", touches=["b", "a", "b"], problem=Problem("entity.unknown"))
    submissions.mark_processed(db, [done], at=NOW)

    kept = submissions.find(db, "uuid:1")
    assert (kept["state"], kept["touches"], kept["processed_at"]) == ("processed", ["a", "b"], NOW)
    assert kept["problem"]["code"] == "entity.unknown"
    assert claimed(db, NOW + timedelta(days=9)) == []
    assert [one["_id"] for one in submissions.touching(db, ["a"])] == ["uuid:1"]


def test_what_fails_is_tried_five_times_ever_more_slowly_and_then_set_aside(db):
    keep(db, a_record())
    waits, at = [], NOW
    while submissions.find(db, "uuid:1")["state"] == "received":
        before = at
        while not claimed(db, at):
            at += timedelta(seconds=1)
        waits.append((at - before).total_seconds())
        state = submissions.mark_failed(db, "uuid:1", at=at, error="KeyError")

    assert waits == [0, 2, 15, 60, 300]
    assert state == "set_aside"
    kept = submissions.find(db, "uuid:1")
    assert kept["problem"]["code"] == "submission.processing_failed"
    assert "pteah submission replay uuid:1" in kept["problem"]["message"]
    assert claimed(db, at + timedelta(days=9)) == []


def test_a_replay_begins_anew(db):
    keep(db, a_record())
    for _ in range(submissions.TRIES):
        submissions.mark_failed(db, "uuid:1", at=NOW, error="KeyError")

    submissions.replay(db, "uuid:1", at=NOW)

    kept = submissions.find(db, "uuid:1")
    assert (kept["state"], kept["failures"], kept["problem"]) == ("received", 0, None)
    assert claimed(db) == ["uuid:1"]


def test_only_what_was_received_can_be_replayed(db):
    with pytest.raises(Problem) as refused:
        submissions.replay(db, "uuid:1", at=NOW)
    assert refused.value.code == "submission.unknown"


def test_a_late_failure_of_a_lost_claim_does_not_undo_what_another_worker_did(db):
    keep(db, a_record())
    submissions.mark_processed(db, [Processed("uuid:1", touches=[])], at=NOW)

    assert submissions.mark_failed(db, "uuid:1", at=NOW, error="KeyError") == "processed"
    assert submissions.find(db, "uuid:1")["problem"] is None


def test_submissions_are_counted_by_state(db):
    for number in range(3):
        keep(db, a_record(number))
    submissions.mark_processed(db, [Processed("uuid:0", touches=[])], at=NOW)

    assert submissions.counts(db) == {"received": 2, "processed": 1, "set_aside": 0}


def test_edits_are_found_by_what_they_replace(db):
    keep(db, a_record(2, edit_of="uuid:1"))

    assert [one["_id"] for one in submissions.edits_of(db, "uuid:1")] == ["uuid:2"]


def test_the_worker_finds_its_work_along_an_index(db):
    keep(db, a_record())
    plan = (
        db.submissions.find({"state": "received", "next_try_at": {"$lte": NOW}})
        .sort("next_try_at", 1)
        .explain()
    )

    assert "state_next_try" in str(plan["queryPlanner"]["winningPlan"])
