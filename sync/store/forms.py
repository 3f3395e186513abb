"""Collections `form_versions` (what was published, for ever) and `forms` (which version is current, and
whether the form is in use).

A published form id + version never changes: drafts on phones are finished and sent with it for weeks. Its
files alone may be brought up to date (place lists follow the protocol's places): phones fetch a file again
when its hash in the manifest changes, and what was there before is kept in `media_history`.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar

from bson.objectid import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError
from pymongo.operations import IndexModel

from sync.core.columns import Column, Named, columns_of, other_names, with_other_names
from sync.core.form import FormDefinition, form_from
from sync.core.problem import Problem
from sync.core.protocol import FormRules
from sync.store import stamps
from sync.store.connect import Db, Document

T = TypeVar("T")

State = Literal["open", "closing", "closed"]
STATES: tuple[State, ...] = ("open", "closing", "closed")
"""`open`: phones get it; `closing`: they lose it, what was filled in is still taken; `closed`: it is not."""

OPEN: tuple[State, ...] = ("open",)

BELIEVED_SECONDS = 1.0
_not_closed: dict[tuple[str, str], float] = {}
"""Until when a form is believed not to be closed (monotonic seconds), by collection and form id."""

INDEXES: dict[str, list[IndexModel]] = {
    "form_versions": [
        # versions: every version of a form, newest first
        IndexModel([("form_id", 1), ("published_at", -1)], name="form_published"),
    ],
}

_METADATA = {"xform": 0, "rules": 0, "media_history": 0}


def version_key(form_id: str, version: str) -> str:
    """The `_id` of a form version."""
    return f"{form_id}@{version}"


def put_version(db: Db, document: Mapping[str, Any]) -> Literal["created", "same"]:
    """Keep one form version; all its files must be kept already. The same content again changes nothing.

    `document` has form_id, version, content_sha256 and whatever else describes the version.
    Raises Problem form.version_taken when this version exists with other content.
    """
    form_id, version = document["form_id"], document["version"]
    kept = {"_id": version_key(form_id, version), **document}
    try:
        _change(db, lambda session: db.form_versions.insert_one(kept, session=session))
    except DuplicateKeyError:
        if not is_same(db, form_id, version, document["content_sha256"]):
            raise Problem("form.version_taken", form_id=form_id, form_version=version) from None
        return "same"
    return "created"


def is_same(db: Db, form_id: str, version: str, content_sha256: str) -> bool | None:
    """Was this version published with this content? None: it was not published at all."""
    found = db.form_versions.find_one({"_id": version_key(form_id, version)}, {"content_sha256": 1})
    return None if found is None else bool(found["content_sha256"] == content_sha256)


def make_current(db: Db, form_id: str, version: str) -> str | None:
    """Let phones get this version from now on. The version that was current before, or None."""
    change = {"$set": {"current_version": version}, "$setOnInsert": {"state": "open"}}
    before = _change(
        db,
        lambda session: db.forms.find_one_and_update({"_id": form_id}, change, upsert=True, session=session),
    )
    return None if before is None else str(before["current_version"])


def set_state(db: Db, form_id: str, state: State) -> State:
    """Take a form out of use, or into use again; what it was before. Raises Problem form.unpublished."""
    change = {"$set": {"state": state}}
    before = _change(
        db, lambda session: db.forms.find_one_and_update({"_id": form_id}, change, session=session)
    )
    if before is None:
        raise Problem("form.unpublished", form_id=form_id)
    _not_closed.pop((db.forms.full_name, form_id), None)
    found: State = before["state"]
    return found


def state_of(db: Db, form_id: str) -> State | None:
    """Whether this form is in use, or None while it was never published."""
    found = db.forms.find_one({"_id": form_id}, {"state": 1})
    return None if found is None else found["state"]


def is_closed(db: Db, form_id: str) -> bool:
    """Whether records of this form are refused. That they are not is believed for a second: each one asks."""
    key = (db.forms.full_name, form_id)
    if time.monotonic() < _not_closed.get(key, 0.0):
        return False
    if state_of(db, form_id) == "closed":
        return True
    _not_closed[key] = time.monotonic() + BELIEVED_SECONDS
    return False


def states(db: Db) -> dict[str, State]:
    """The state of every form, by form id."""
    return {found["_id"]: found["state"] for found in db.forms.find({}, {"state": 1}).sort("_id", 1)}


def stamp(db: Db) -> ObjectId:
    """Another one after every change of what phones can fetch of any form."""
    return stamps.of(db, stamps.FORMS)


def _change(db: Db, work: Callable[[ClientSession], T]) -> T:
    return stamps.change(db, stamps.FORMS, work)


def put_media(
    db: Db, form_id: str, version: str, media: Sequence[Mapping[str, Any]], *, replaced_at: datetime
) -> bool:
    """Bring the files of a version up to date; what was there is kept. Whether anything changed.

    `media` are {name, sha256, md5, bytes, source}; every file must be kept already.
    """
    found = db.form_versions.find_one({"_id": version_key(form_id, version)}, {"media": 1})
    if found is None or found["media"] == list(media):
        return False
    same = {"_id": found["_id"], "media": found["media"]}  # another publisher may have been quicker
    change = {
        "$set": {"media": list(media)},
        "$push": {"media_history": {"media": found["media"], "until": replaced_at}},
    }
    written = _change(db, lambda session: db.form_versions.update_one(same, change, session=session))
    return written.modified_count == 1


def current(db: Db, states: Collection[State] = OPEN) -> list[Document]:
    """The current version of every form in one of these states, without XForm and rules, by form id."""
    keys = [
        version_key(found["_id"], found["current_version"])
        for found in db.forms.find({"state": {"$in": list(states)}}, {"current_version": 1})
    ]
    found = list(db.form_versions.find({"_id": {"$in": keys}}, _METADATA).sort("_id", 1))
    if len(found) != len(keys):
        # A phone deletes what is not on its list, so a list that is not whole must never be one.
        raise RuntimeError("a current form version is missing")
    return found


def versions(db: Db, form_id: str) -> list[Document]:
    """Every version of a form, newest first, without XForm and rules."""
    return list(db.form_versions.find({"form_id": form_id}, _METADATA).sort("published_at", -1))


def current_version(db: Db, form_id: str) -> str | None:
    """The version phones get, or None while the form was never published."""
    found = db.forms.find_one({"_id": form_id}, {"current_version": 1})
    return None if found is None else str(found["current_version"])


def is_known(db: Db, form_id: str) -> bool:
    """Was this form ever published?"""
    return db.forms.find_one({"_id": form_id}, {"_id": 1}) is not None


def find_version(db: Db, form_id: str, version: str) -> Document | None:
    """One version, without XForm and rules, or None."""
    return db.form_versions.find_one({"_id": version_key(form_id, version)}, _METADATA)


def exists(db: Db, form_id: str, version: str) -> bool:
    """Was this version published? Asked for every submission; a yes is remembered, since it stays one."""
    try:
        _remembered(db, form_id, version)
    except LookupError:
        return False
    return True


@lru_cache(maxsize=4096)
def _remembered(db: Db, form_id: str, version: str) -> None:
    if db.form_versions.find_one({"_id": version_key(form_id, version)}, {"_id": 1}) is None:
        raise LookupError  # not remembered: it may be published in a moment


def xform_of(db: Db, form_id: str, version: str) -> bytes:
    """The XForm of this version. Raises Problem form.version_unknown."""
    return _xform(db, form_id, version)


@lru_cache(maxsize=64)
def _xform(db: Db, form_id: str, version: str) -> bytes:
    found = db.form_versions.find_one({"_id": version_key(form_id, version)}, {"xform": 1})
    if found is None:
        raise Problem("form.version_unknown")
    return bytes(found["xform"])


def rules_of(db: Db, form_id: str, version: str) -> FormRules:
    """The rules that came with this version. Raises Problem form.version_unknown."""
    found = db.form_versions.find_one({"_id": version_key(form_id, version)}, {"rules": 1})
    if found is None:
        raise Problem("form.version_unknown")
    return FormRules.from_document(found["rules"])


def form_definition(
    db: Db, form_id: str, version: str, tried: Mapping[str, str] | None = None
) -> FormDefinition:
    """What this version asks, its questions known under the names other versions have for them too.

    `tried`: what a version that is not published yet would rename. Raises Problem form.version_unknown.
    """
    form = as_published(db, form_id, version)
    known = [*renamed(db, form_id), *([Named(version="", renames=tried)] if tried else [])]
    return with_other_names(form, other_names(known, version))


@lru_cache(maxsize=256)
def as_published(db: Db, form_id: str, version: str) -> FormDefinition:
    """What this version asks, under the names it has itself. Raises Problem form.version_unknown."""
    found = db.form_versions.find_one({"_id": version_key(form_id, version)}, {"xform": 1, "privacy": 1})
    if found is None:
        raise Problem("form.version_unknown")
    return form_from(bytes(found["xform"]), privacy=found["privacy"])


def renamed(db: Db, form_id: str) -> list[Named]:
    """Every version of a form, oldest first, with what it renames."""
    found = db.form_versions.find({"form_id": form_id}, {"version": 1, "renames": 1})
    in_order = found.sort([("published_at", 1), ("_id", 1)])
    return [Named(version=one["version"], renames=one.get("renames", {})) for one in in_order]


def columns(db: Db, form_id: str) -> list[Column]:
    """The column of each question this form ever asked; see `sync.core.columns`."""
    return columns_of(
        Named(version=one.version, renames=one.renames, names=_asked(as_published(db, form_id, one.version)))
        for one in renamed(db, form_id)
    )


def _asked(form: FormDefinition) -> list[str]:
    return [name for name, path in form.paths.items() if form.fields[path].control not in ("group", "repeat")]
