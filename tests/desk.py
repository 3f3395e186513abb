"""Forms filled at a desk with the phone's engine and handed straight to the store: no phone, no server."""

from datetime import UTC, date, datetime, timedelta

from sync import worker
from sync.core.entity_list import csv_of, in_order
from sync.core.submission import parse_submission
from sync.store import attachments, forms, phone_lists, submissions

NOW = datetime(2026, 3, 20, 3, 0, tzinfo=UTC)
SCREENING_AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

SCREENING = {
    "private": "yes", "info_given": ["purpose"], "con_interview": "yes", "con_store": "yes", "sex": "female",
    "age_now": 31, "age_sure": "yes", "age_then": 29, "act": ["recruited"], "means": ["fraud"],
    "purpose": ["labour"], "danger_now": "no", "contact_recruiter": "yes", "doctor_today": "no",
    "place_tonight": "yes", "selfharm": "no", "con_visit": "yes", "call_name": "Sok",
}  # fmt: skip
FOLLOW_UP = {
    "outcome": "done", "private": "yes", "still_ok": "yes", "danger_now": "no", "violence": "no",
    "contact_recruiter": "no", "place_tonight": "yes", "doctor_today": "no", "phq1": "0", "phq2": "0",
    "gad1": "0", "gad2": "0", "phq3": "0", "selfharm": "no",
}  # fmt: skip
TODAY = date(2026, 3, 20)


def clock() -> datetime:
    return NOW


def people_rows(db, worker_id):
    """Everybody in this worker's care as a phone shows them, however long until the next visit."""
    theirs = db.returnees.find({"worker_id": worker_id, "entity.deleted": False}, {"_id": 1})
    rows = phone_lists.rows(db, [found["_id"] for found in theirs])
    return in_order(row for _, row in rows.values())


class Desk:
    """Fills forms at a desk with the phone's engine and hands them straight to the store."""

    def __init__(self, db, java) -> None:
        self.db, self.java = db, java

    def fill(self, form_id, answers, at, *, people=b"", worker_id="worker-1"):
        return self.keep(self.filled(form_id, answers, at, people=people), at, worker_id=worker_id)

    def filled(self, form_id, answers, at, *, people=b"") -> bytes:
        """The finalised record, not kept yet."""
        media = self.media(form_id) | {"people.csv": people or self.people()}
        told = self.java.fill(self.xform(form_id), answers, media=media, now=at)
        assert "xml" in told, told
        return told["xml"].encode()

    def media(self, form_id) -> dict[str, bytes]:
        metadata = forms.find_version(self.db, form_id, forms.current_version(self.db, form_id))
        return {file["name"]: attachments.open(self.db, file["sha256"]).read() for file in metadata["media"]}

    def xform(self, form_id) -> bytes:
        return forms.xform_of(self.db, form_id, forms.current_version(self.db, form_id))

    def keep(self, xml, at, *, worker_id="worker-1"):
        found = parse_submission(xml)
        submissions.keep(
            self.db, found, received_at=at + timedelta(minutes=5), worker_id=worker_id, device_id="d"
        )
        return found

    def people(self, worker_id="worker-1") -> bytes:
        return csv_of(people_rows(self.db, worker_id))

    def work(self) -> None:
        while worker.run_once(self.db, "test", clock).taken:
            pass
