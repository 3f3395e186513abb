"""Collection `rebuilds`: how far a rebuild came, so that one that was broken off goes on from there."""

from sync.store.connect import Db

_ID = "rebuild"


def done(db: Db, of: str) -> frozenset[str]:
    """The parts of this rebuild that are done; none where the last one was another, or came to its end."""
    found = db.rebuilds.find_one({"_id": _ID, "of": of})
    return frozenset(found["done"]) if found else frozenset()


def begin(db: Db, of: str) -> None:
    """This rebuild begins with nothing done; another one that was broken off is forgotten."""
    db.rebuilds.replace_one({"_id": _ID}, {"of": of, "done": []}, upsert=True)


def mark(db: Db, of: str, part: str) -> None:
    """This part is done."""
    db.rebuilds.update_one({"_id": _ID, "of": of}, {"$addToSet": {"done": part}})


def end(db: Db) -> None:
    """It came to its end."""
    db.rebuilds.delete_one({"_id": _ID})
