"""Collection `phone_notes`: what phones noted while a form was filled in (`audit.csv`), by record.

Derived, rebuildable; the file itself stays with its submission. No answer is in it, nor where anybody was.
"""

from dataclasses import asdict

from pymongo.operations import IndexModel

from sync.core.files import Notes
from sync.store.connect import Db, Document
from sync.store.records import DERIVED

INDEXES: dict[str, list[IndexModel]] = {
    "phone_notes": [
        # of_form: how long does this form take?
        IndexModel([("form_id", 1), ("form_version", 1)], name="form"),
    ]
}


def put(db: Db, instance_id: str, notes: Notes, *, form_id: str, form_version: str) -> None:
    """Keep the notes of this record in place of what was kept before."""
    kept: Document = {"form_id": form_id, "form_version": form_version, **asdict(notes)}
    quick = db.get_collection("phone_notes", write_concern=DERIVED)
    quick.replace_one({"_id": instance_id}, kept, upsert=True)


def find(db: Db, instance_id: str) -> Document | None:
    """The notes of this record, or None."""
    return db.phone_notes.find_one({"_id": instance_id})


def of_form(db: Db, form_id: str, form_version: str) -> list[Document]:
    """The notes of every record of this form version, without the single events."""
    asked = {"form_id": form_id, "form_version": form_version}
    return list(db.phone_notes.find(asked, {"events": 0}).sort("_id", 1))
