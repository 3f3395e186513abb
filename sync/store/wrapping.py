"""Collection `master`: which master key wraps new keys; and wrapping all keys anew by another one."""

from typing import Any

from sync.store.connect import Db
from sync.store.keys import KEYS, Vault, vault_of


def wrap_by_current(db: Db) -> str:
    """From now on every process wraps new keys by the master key that this one has as current; its name."""
    vault = vault_of(db)
    vault.reload()
    name = vault.opened()[1].current
    db.master.replace_one({"_id": "current"}, {"_id": "current", "name": name}, upsert=True)
    return name


def count_wrapped_otherwise(db: Db) -> int:
    """How many keys are not wrapped by the current master key."""
    return db[KEYS].count_documents(_wrapped_otherwise(vault_of(db)))


def rewrap(db: Db, limit: int) -> int:
    """Wrap up to so many of these keys by the current master key; how many it were."""
    vault = vault_of(db)
    ids = [key["_id"] for key in db[KEYS].find(_wrapped_otherwise(vault), {"_id": 1}).limit(limit)]
    if not ids:
        return 0
    client, master = vault.opened()
    client.rewrap_many_data_key({"_id": {"$in": ids}}, provider=master.current, master_key=master.which)
    return len(ids)


def masters_in_use(db: Db) -> list[str]:
    """By which master keys the keys of this database are wrapped."""
    return sorted(db[KEYS].distinct("masterKey.provider"))


def _wrapped_otherwise(vault: Vault) -> dict[str, Any]:
    _, master = vault.opened()
    which = {f"masterKey.{name}": value for name, value in (master.which or {}).items()}
    return {"$nor": [{"masterKey.provider": master.current, **which}]}
