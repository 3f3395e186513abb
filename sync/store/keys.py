"""Collection `keys`: the data keys under which everything personal is sealed, each wrapped by the master key.

MongoDB's client-side field level encryption, explicit: what is sealed here any driver of MongoDB can open
that has the master key. A key has a name: a person's entity ID, `intake:DAY` for what is not known yet to
be about whom, `house` for what is about nobody in particular. Destroying a key makes everything under it
unreadable for ever, in old backups too; `destroyed_keys` remembers that it was meant. A day's name is free
again once its key was retired or destroyed: what comes for that day later gets a new one.

The master key never comes into the database. Who opens a client says where it is (`unlock`); it is read
again when the database speaks of a master key that this process does not have yet.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from bson import decode, encode
from bson.binary import Binary, UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo.database import Database
from pymongo.encryption import ClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError
from pymongo.operations import IndexModel
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.synchronous.state_machine import run_state_machine

from sync.core.problem import Problem
from sync.core.times import cut_to_ms
from sync.store.connect import Db, kept_with

KEYS = "keys"
HOUSE = "house"
INTAKE = "intake:"
SEALED_SUBTYPE = 6
RANDOM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
AT_ONCE = 8
KEY_IN_MEMORY_MS = 500
"""The library looks through all keys it remembers, one after the other: thousands cost more than asking."""
WAITS_SECONDS = (0.01, 0.1, 0.5)
TYPES: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)

INDEXES: dict[str, list[IndexModel]] = {
    KEYS: [
        # a key by its name. Unique, so that two who need a new one at once make one.
        IndexModel(
            [("keyAltNames", 1)],
            name="name",
            unique=True,
            partialFilterExpression={"keyAltNames": {"$exists": True}},
        ),
        # rewrap: which are still wrapped by a former master key?
        IndexModel([("masterKey.provider", 1)], name="master"),
    ],
    "destroyed_keys": [IndexModel([("name", 1)], name="name")],
}


@dataclass(frozen=True)
class Master:
    """The master keys a process has, as pymongo names them."""

    providers: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """`kms_providers`: of a key in a file `local:NAME` -> {"key": 96 bytes}, else a KMS and how to ask it."""
    current: str
    """Which of them wraps new keys."""
    which: Mapping[str, Any] | None = None
    """Of a KMS: which of its keys (`masterKey` without `provider`)."""


Load = Callable[[], Master]
_lock = threading.Lock()


def unlock(db: Db, load: Load) -> None:
    """Say where the master key for this client's databases is; it is read when something needs it."""
    with _lock:
        kept = kept_with(db.client)
        kept["load master"] = load
        kept["vaults"] = {}


def vault_of(db: Db) -> "Vault":
    """The keys of this database. Raises Problem key.missing when nobody said where the master key is."""
    kept = kept_with(db.client)
    if "load master" not in kept:
        raise Problem("key.missing")
    vaults: dict[str, Vault] = kept["vaults"]
    with _lock:
        if db.name not in vaults:
            whole = Database(db.client, db.name, db.codec_options, None, db.write_concern)
            vaults[db.name] = Vault(whole, kept["load master"])
        return vaults[db.name]


class Missing:
    """In place of what was sealed under a key that was destroyed on purpose."""


MISSING = Missing()


class Vault:
    """Seals and opens values of one database."""

    def __init__(self, db: Db, load: Load) -> None:
        self._db, self._load = db, load
        self._making = threading.Lock()
        self._client: ClientEncryption[Any] | None = None
        self._master: Master | None = None
        self._known: set[str] = set()
        self._secrets: dict[str, bytes] = {}

    # --- sealing

    def seal(self, value: Any, name: str) -> Binary:
        """The value, sealed under the key of this name, which is made when there is none.

        Raises Problem key.destroyed when it is a person's and was destroyed.
        """
        for wait_seconds in WAITS_SECONDS:
            self.make([name])
            try:
                return self._encrypt(value, name)
            except (EncryptionError, MongoCryptError):
                # Another process has just made it and a majority does not have it yet; or it was destroyed,
                # or wrapped by a new master key, in the meantime.
                time.sleep(wait_seconds)
                self.reload()
        self.make([name])
        return self._encrypt(value, name)

    def make(self, names: Iterable[str]) -> None:
        """See that there are keys of these names; several at once cost little more than one."""
        wanted = [name for name in names if name not in self._known]
        if not wanted:
            return
        there = {
            name
            for found in self._db[KEYS].find({"keyAltNames": {"$in": wanted}}, {"keyAltNames": 1})
            for name in found["keyAltNames"]
        }
        missing = [name for name in wanted if name not in there]
        persons = [name for name in missing if not name.startswith(INTAKE)]
        if persons and self._db.destroyed_keys.find_one({"name": {"$in": persons}}):
            raise Problem("key.destroyed")
        if missing:
            make = partial(self._make_one, *self._opened_now())
            with ThreadPoolExecutor(min(AT_ONCE, len(missing))) as pool:
                list(pool.map(make, missing))
        if len(self._known) > 200_000:
            self._known.clear()
        self._known.update(wanted)

    def _opened_now(self) -> tuple[ClientEncryption[Any], Master]:
        """What seals, with the master key that is to wrap new keys: what a former one wraps would be lost."""
        client, master = self.opened()
        if master.current != wraps_now(self._db, first=master.current):
            self.reload()  # somebody has changed the master key
            return self.opened()
        return client, master

    def _make_one(self, client: ClientEncryption[Any], master: Master, name: str) -> None:
        try:
            client.create_data_key(master.current, master_key=master.which, key_alt_names=[name])
        except EncryptionError as error:
            # Another process was quicker with the same name; its key counts.
            if not isinstance(error.cause, DuplicateKeyError):
                raise

    # --- opening

    def open(self, values: Sequence[bytes]) -> list[Any]:
        """What was sealed; MISSING where the key was destroyed. Many at once cost far less each.

        Raises Problem key.lost for a key that is not there although nobody destroyed it, key.wrong_master
        when the master key at hand did not wrap it.
        """
        if not values:
            return []
        try:
            return self._decrypt(values)
        except (EncryptionError, MongoCryptError):
            pass
        self.reload()
        ids = [UUID(bytes=bytes(value[1:17])) for value in values]
        there = self._among(KEYS, ids)
        gone = {one for one in ids if one not in there}
        meant = self._among("destroyed_keys", list(gone))
        if gone - meant:
            raise Problem("key.lost", count=len(gone - meant))
        readable = [value for value, one in zip(values, ids, strict=True) if one in there]
        try:
            opened = iter(self._decrypt(readable))
        except (EncryptionError, MongoCryptError) as error:
            raise Problem("key.wrong_master") from error
        return [next(opened) if one in there else MISSING for one in ids]

    def _among(self, collection: str, ids: Sequence[UUID]) -> set[UUID]:
        known = self._db.get_collection(collection, codec_options=TYPES)
        return {found["_id"] for found in known.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    def _encrypt(self, value: Any, name: str) -> Binary:
        return self.opened()[0].encrypt(value, RANDOM, key_alt_name=name)

    def _decrypt(self, values: Sequence[bytes]) -> list[Any]:
        """All of them in one go: one question for all keys; `ClientEncryption.decrypt` asks for each."""
        if not values:
            return []
        encrypter = self.opened()[0]._encryption
        sealed = (one if isinstance(one, Binary) else Binary(one, SEALED_SUBTYPE) for one in values)
        document = encode({"v": list(sealed)})
        with encrypter.mongocrypt.decryption_context(document) as context:
            opened = run_state_machine(context, encrypter.callback)
        found: list[Any] = decode(opened, TYPES)["v"]
        if any(isinstance(value, Binary) and value.subtype == SEALED_SUBTYPE for value in found):
            raise EncryptionError(RuntimeError("something was left sealed"))
        return found

    def opened(self) -> tuple[ClientEncryption[Any], Master]:
        """What seals and opens, and the master keys it does that with."""
        with self._making:
            if self._client is None or self._master is None:
                self._master = self._load()
                self._client = ClientEncryption(
                    self._master.providers,
                    f"{self._db.name}.{KEYS}",
                    self._db.client,
                    TYPES,
                    key_expiration_ms=KEY_IN_MEMORY_MS,
                )
            return self._client, self._master

    def reload(self) -> None:
        """Read the master key again, and forget the keys that are kept in memory."""
        with self._making:
            self._client = None  # not closed: other threads are in the middle of using it
            self._known.clear()

    # --- secrets of the database that are no keys of persons

    def secret(self, name: str) -> bytes:
        """32 random bytes of this database under this name, made once, sealed under the house's key."""
        if name not in self._secrets:
            sealed = self.seal(secrets.token_bytes(32), HOUSE)
            self._db.secrets.update_one({"_id": name}, {"$setOnInsert": {"value": sealed}}, upsert=True)
            found = self._db.secrets.find_one({"_id": name})
            assert found is not None  # noqa: S101 - written just now
            self._secrets[name] = bytes(self.open([found["value"]])[0])
        return self._secrets[name]

    def token(self, secret: str, text: str) -> str:
        """A short code of this text that is the same each time and says nothing without the secret."""
        return hmac.new(self.secret(secret), text.encode(), hashlib.sha256).hexdigest()[:22]

    @property
    def id(self) -> str:
        """What tells the keys of this database from those of others: eight hexadecimal digits."""
        return self.secret("id").hex()[:8]

    def check(self) -> None:
        """See that the master key at hand opens the keys of this database.

        Raises Problem key.wrong_master, key.lost.
        """
        found = self._db.secrets.find_one({}, {"value": 1})
        if found:
            self.open([found["value"]])

    # --- the life of keys

    def destroy(self, name: str, *, at: datetime) -> bool:
        """Destroy the key of this name, and remember it; whether there was one."""
        keys = self._db.get_collection(KEYS, codec_options=TYPES)
        found = keys.find_one({"keyAltNames": name}, {"_id": 1})
        gone = {"_id": found["_id"] if found else _uuid_of(name), "name": name, "at": cut_to_ms(at)}
        destroyed = self._db.get_collection("destroyed_keys", codec_options=TYPES)
        destroyed.replace_one({"_id": gone["_id"]}, gone, upsert=True)
        if found:
            keys.delete_one({"_id": found["_id"]})
        self.reload()
        return found is not None


def wraps_now(db: Database[dict[str, Any]], *, first: str) -> str:
    """Which master key is to wrap new keys: the `first` that came, later as the last `rotate` said.

    No process may use another: what two wrapped nobody could open.
    """
    known = {"_id": "current"}
    found = db.master.find_one(known)
    if found is None:
        db.master.update_one(known, {"$setOnInsert": {"name": first}}, upsert=True)
        found = db.master.find_one(known) or {"name": first}
    return str(found["name"])


def intake_key(at: datetime) -> str:
    """The name of the key for what comes on this day."""
    return f"{INTAKE}{at:%Y-%m-%d}"


def _uuid_of(name: str) -> UUID:
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])
