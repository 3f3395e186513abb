"""The rules in force: the current protocol and the rules of every form's current version, as one value."""

from functools import lru_cache

from sync.core.protocol import FormRules, Protocol, Rules
from sync.core.rules_version import version_of
from sync.store.connect import Db


def current_rules(db: Db) -> Rules | None:
    """What levels rest on now, or None while no protocol is published.

    Two small questions each time; the rules themselves are read again only when one has changed.
    """
    newest = db.protocols.find_one({}, {"_id": 1}, sort=[("published_at", -1), ("_id", -1)])
    if newest is None:
        return None
    forms = tuple(
        sorted(
            f"{found['_id']}@{found['current_version']}"
            for found in db.forms.find({}, {"current_version": 1})
        )
    )
    return _read(db, newest["_id"], forms)


@lru_cache(maxsize=16)
def _read(db: Db, protocol_version: str, forms: tuple[str, ...]) -> Rules:
    found = db.protocols.find_one({"_id": protocol_version})
    assert found is not None  # noqa: S101  # a published protocol is never deleted
    protocol = Protocol.from_document(found["document"])
    rules = [
        FormRules.from_document(version["rules"])
        for version in db.form_versions.find({"_id": {"$in": list(forms)}}, {"rules": 1}).sort("_id", 1)
    ]
    return Rules(
        version=version_of(protocol.document(), [form.document() for form in rules]),
        protocol=protocol,
        forms={form.form_id: form for form in rules},
    )
