"""Collection `drafts`: forms that are tried out, each with an address for phones and a space of its own.

In the space (`sync.store.spaces`) lies everything: the draft as its only form in use, the rules it is tried
under, made-up people, and whatever phones send. Nothing of that is ever among what is real, and nothing
outlives the draft: another upload of the form begins with an empty space, and publishing ends it.

The token opens nothing but the draft and what was made up for it, and a coordinator may show it again at any
time; so it is kept as it is. It stays the same while the form is a draft, so that phones scan it once.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bson.objectid import ObjectId
from pymongo.operations import IndexModel

from sync.core.times import cut_to_ms
from sync.store import attachments, forms, spaces
from sync.store.connect import Db, Document

PREFIX = "drafts"
PROTOCOL = "protocol"
"""In place of a form ID: the draft of a protocol, with all published forms, or drafts in place of some."""
TOKEN_BYTES = 24

INDEXES: dict[str, list[IndexModel]] = {
    "drafts": [
        # find_by_token: which draft is this the address of?
        IndexModel([("token", 1)], name="token", unique=True),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One form, or a protocol with forms, that is tried out."""

    form_id: str
    token: str
    """What the address `…/test/<token>` ends with."""
    space: str
    """Where its things are kept."""
    made_at: datetime
    made_by: str

    @property
    def worker_id(self) -> str:
        """Whose list the made-up people are on; no real worker is called so."""
        return f"trial-{self.space}"


def make(db: Db, form_id: str, fill: Callable[[Db], object], *, made_at: datetime, made_by: str) -> Draft:
    """A draft of this form in a fresh space; what was there of an earlier one is thrown away.

    `fill` puts the draft into its space. Until it is done phones have the earlier draft, or none.
    """
    space = str(ObjectId())
    try:
        fill(spaces.Space(db, f"{PREFIX}.{space}"))
    except Exception:
        spaces.drop(db, f"{PREFIX}.{space}")
        raise
    before = db.drafts.find_one_and_update(
        {"_id": form_id},
        {
            "$set": {"space": space, "made_at": cut_to_ms(made_at), "made_by": made_by},
            "$setOnInsert": {"token": secrets.token_urlsafe(TOKEN_BYTES)},
        },
        upsert=True,
    )
    if before:
        spaces.drop(db, f"{PREFIX}.{before['space']}")
    made = of_form(db, form_id)
    if made is None:  # somebody discarded it in the same moment
        raise LookupError(form_id)
    return made


def copy_rules(db: Db, space: Db, *, but: Collection[str], usable: bool = False) -> None:
    """Put the protocol and all forms but these into a space: as rules, and not for phones to fill in.

    `but`: form IDs, `protocol` among them. `usable`: phones can fill the forms in as well.
    """
    for protocol in db.protocols.find().sort([("published_at", -1), ("_id", -1)]).limit(1):
        if PROTOCOL not in but:
            space.protocols.insert_one(protocol)
    for form in db.forms.find({"_id": {"$nin": list(but)}}):
        version = db.form_versions.find_one({"_id": forms.version_key(form["_id"], form["current_version"])})
        if not version:
            continue
        is_open = usable and form["state"] == "open"
        media = version["media"] if is_open else []
        for file in media:
            attachments.put(space, attachments.open(db, file["sha256"]).read(), public=True)
        space.form_versions.insert_one({**version, "media": media, "media_history": []})
        space.forms.insert_one({**form, "state": "open" if is_open else "closed"})
        for key in db.form_keys.find({"_id": form["_id"]}) if is_open else ():
            space.form_keys.insert_one(key)


def of_form(db: Db, form_id: str) -> Draft | None:
    """The draft of this form, or None."""
    return _draft_from(db.drafts.find_one({"_id": form_id}))


def find_by_token(db: Db, token: str) -> Draft | None:
    """The draft with this address, or None if there is none (any more)."""
    return _draft_from(db.drafts.find_one({"token": token}))


def every(db: Db) -> list[Draft]:
    """All drafts, by form id."""
    return [draft for found in db.drafts.find().sort("_id", 1) if (draft := _draft_from(found))]


def space_of(db: Db, draft: Draft) -> Db:
    """Where this draft's things are: everything that takes a `db` takes this."""
    return spaces.Space(db, f"{PREFIX}.{draft.space}")


def discard(db: Db, form_id: str) -> bool:
    """End the draft of this form with everything that was sent for it. Whether there was one.

    Also whatever a crash, or a phone that sent in the same moment, left of earlier ones.
    """
    ended = db.drafts.find_one_and_delete({"_id": form_id})
    in_use = {draft.space for draft in every(db)}
    kept = {name.split(".")[1] for name in db.list_collection_names() if name.startswith(f"{PREFIX}.")}
    for space in kept - in_use:
        spaces.drop(db, f"{PREFIX}.{space}")
    return ended is not None


def _draft_from(found: Document | None) -> Draft | None:
    if found is None:
        return None
    return Draft(
        form_id=found["_id"],
        token=found["token"],
        space=found["space"],
        made_at=found["made_at"],
        made_by=found["made_by"],
    )
