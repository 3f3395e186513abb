"""Bringing a private, freshly started mongod to the point where it takes transactions.

A replica set of one member, since only replica sets have transactions, change streams and majority
writes; and one account, since every user of the machine can reach a loopback port.
"""

import time
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

SET_NAME = "pteah"
USER = "pteah"

_UNAUTHORIZED = 13
_AUTHENTICATION_FAILED = 18
_ALREADY_INITIALIZED = 23
_NOT_YET_INITIALIZED = 94
_USER_EXISTS = 51003

_Client = MongoClient[dict[str, Any]]


class KeyRefusedError(Exception):
    """The password beside the database is not the one the database was made with."""


def uri(port: int, password: str) -> str:
    """Where a driver finds the private MongoDB of `port`; holds the password, so never log it."""
    # directConnection: the driver must not follow the member's own idea of its address, which is
    # out of date for a moment when the port has changed.
    here = f"{USER}:{quote(password, safe='')}@127.0.0.1:{port}"
    return f"mongodb://{here}/?authSource=admin&directConnection=true"


def answers(port: int) -> bool:
    """Whether a MongoDB listens there and speaks."""
    with _anonymous(port) as client:
        try:
            client.admin.command("hello")
        except PyMongoError:
            return False
        return True


def make_ready(port: int, password: str, *, within_seconds: float = 60) -> None:
    """Turn the mongod that listens on `port` into a writable replica set of one with our account.

    Safe to run at every start: continues wherever an earlier run was cut off, and tells the set its
    new address when the port has changed since.

    Raises KeyRefusedError, TimeoutError
    """
    deadline = time.monotonic() + within_seconds
    with _anonymous(port) as anonymous, _signed_in(port, password) as ours:
        while not _is_writable(anonymous):
            _initiate_or_move(anonymous, ours, port)
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.02)
        _make_account(anonymous, ours, password)


def _anonymous(port: int) -> _Client:
    return MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=2_000)


def _signed_in(port: int, password: str) -> _Client:
    return MongoClient(uri(port, password), serverSelectionTimeoutMS=2_000)


def _is_writable(anonymous: _Client) -> bool:
    try:
        return bool(anonymous.admin.command("hello")["isWritablePrimary"])
    except AutoReconnect:
        return False


def _initiate_or_move(anonymous: _Client, ours: _Client, port: int) -> None:
    try:
        if not anonymous.admin.command("hello").get("isreplicaset"):
            return  # it knows its set; the election is under way
        member = {"_id": 0, "host": f"127.0.0.1:{port}"}
        anonymous.admin.command("replSetInitiate", {"_id": SET_NAME, "members": [member]})
    except OperationFailure as refused:
        # An account exists, so this is no new database: either it is still reading its
        # configuration, or that names another port.
        if refused.code == _UNAUTHORIZED:
            _move(ours, port)
        elif refused.code != _ALREADY_INITIALIZED:
            raise
    except AutoReconnect:
        pass  # not listening yet


def _move(ours: _Client, port: int) -> None:
    try:
        found = ours.local["system.replset"].find_one()
    except OperationFailure as refused:
        if refused.code == _AUTHENTICATION_FAILED:
            raise KeyRefusedError from refused
        raise
    here = f"127.0.0.1:{port}"
    if not found or found["members"][0]["host"] == here:
        return
    found["members"][0]["host"] = here
    found["version"] += 1
    try:
        ours.admin.command("replSetReconfig", found, force=True)
    except OperationFailure as refused:
        if refused.code != _NOT_YET_INITIALIZED:  # still reading the old one: asked again in a moment
            raise


def _make_account(anonymous: _Client, ours: _Client, password: str) -> None:
    try:
        ours.admin.command("connectionStatus")
    except OperationFailure as refused:
        if refused.code != _AUTHENTICATION_FAILED:
            raise
        try:
            # Only possible from this machine and only while there is no account at all.
            anonymous.admin.command("createUser", USER, pwd=password, roles=["root"])
        except OperationFailure as exists:
            if exists.code in {_UNAUTHORIZED, _USER_EXISTS}:
                raise KeyRefusedError from exists
            raise
