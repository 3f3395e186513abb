"""Collections `sign_in_failures` and `browsers`: wrong tries, and how long to wait after them.

Nobody is locked out by others. Tries are counted per account and address; a browser in which the account was
signed in before has a count of its own, which nobody elsewhere can fill. Where one account is tried from
many addresses, each of them gets fewer tries, and none is shut.
"""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.store.connect import Db

FREE_TRIES = 5
FREE_UNDER_ATTACK = 1
ATTACK = 50
"""From so many wrong tries a day from unknown browsers on, an account counts as attacked."""
FREE_AT_ADDRESS = 50
"""How many wrong tries an address has for all accounts together: many people share one."""
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries what from where."""

    what: str
    """A user name, as `accounts` spells it; or what else is tried, such as tokens."""
    address: str
    browser: str = ""
    """The mark of a browser in which this account was signed in before; empty for any other."""

    @property
    def own(self) -> str:
        """The count that is nobody else's."""
        return (
            f"{self.what}|browser {self.browser}" if self.browser else f"{self.what}|{net_of(self.address)}"
        )

    @property
    def everywhere(self) -> str:
        """The count of all unknown browsers that try this account."""
        return f"{self.what}|everywhere"

    @property
    def whole_address(self) -> str:
        """The count of all accounts that are tried from this address."""
        return f"any|{net_of(self.address)}"


def wait(db: Db, who: Trier, *, at: datetime) -> timedelta:
    """How long they must wait before the next try; zero when it may be now."""
    if who.browser:
        return _left(db, who.own, FREE_TRIES, at)
    attacked = _times(db, who.everywhere, at) >= ATTACK
    own = _left(db, who.own, FREE_UNDER_ATTACK if attacked else FREE_TRIES, at)
    return max(own, _left(db, who.whole_address, FREE_AT_ADDRESS, at))


def count(db: Db, who: Trier, *, at: datetime) -> None:
    """Remember a wrong try, for a day."""
    for key in [who.own] if who.browser else [who.own, who.everywhere, who.whole_address]:
        db.sign_in_failures.update_one(
            {"_id": _hash(key)},
            {"$inc": {"times": 1}, "$set": {"last_at": at, "forget_at": at + timedelta(days=1)}},
            upsert=True,
        )


def forget(db: Db, who: Trier) -> None:
    """They were right: begin counting anew. What others tried elsewhere stays counted."""
    db.sign_in_failures.delete_one({"_id": _hash(who.own)})


def known_browser(db: Db, user: str, mark: str) -> str:
    """The mark itself if this account was signed in with it, else nothing."""
    if not mark or len(mark) > 100:
        return ""
    return mark if db.browsers.find_one({"_id": _hash(mark), "users": user}) else ""


def remember_browser(db: Db, user: str, mark: str, *, at: datetime) -> str:
    """The mark by which this browser is known from now on: the one it has, if it is one of ours, else a new
    one. It opens nothing; it only keeps others' wrong tries from being counted against its owner."""
    seen = {"$addToSet": {"users": user}, "$set": {"ends_at": at + REMEMBERED}}
    if mark and len(mark) <= 100 and db.browsers.update_one({"_id": _hash(mark)}, seen).matched_count:
        return mark
    mark = secrets.token_urlsafe(24)
    db.browsers.update_one({"_id": _hash(mark)}, seen, upsert=True)
    return mark


def net_of(address: str) -> str:
    """What counts as one address. Whoever has one IPv6 address has the whole /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def _times(db: Db, key: str, at: datetime) -> int:
    found = db.sign_in_failures.find_one({"_id": _hash(key), "forget_at": {"$gt": at}})
    return int(found["times"]) if found else 0


def _left(db: Db, key: str, free: int, at: datetime) -> timedelta:
    found = db.sign_in_failures.find_one({"_id": _hash(key), "forget_at": {"$gt": at}})
    if not found or found["times"] < free:
        return timedelta()
    pause = min(timedelta(seconds=2 ** min(found["times"] - free + 1, 12)), LONGEST_WAIT)
    left: timedelta = found["last_at"] + pause - at
    return max(left, timedelta())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
