"""The copy of one person's data as a file to hand over: JSON for programs, HTML to read, and her files."""

import json
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any

from jinja2 import Environment, PackageLoader, select_autoescape

from server.people.words import later
from sync.core.problem import Problem
from sync.person_copy import copy_of
from sync.store import attachments
from sync.store.connect import Db

_READ_BYTES = 256 * 1024
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_pages = Environment(loader=PackageLoader("server", "people/templates"), autoescape=select_autoescape())
KIND_NAMES = {
    "look": later("Looked at"),
    "list": later("Seen in a list"),
    "export": later("Taken out"),
    "phone_list": later("Put on a phone"),
    "message": later("Told by message"),
    "decision": later("Decided"),
    "consent": later("Consent changed"),
    "erasure": later("Erasure"),
    "configuration": later("Set up"),
    "operation": later("Kept running"),
    "account": later("Accounts"),
    "key": later("Keys"),
}
"""What the rows of the audit are called, but for those that only begin a chain of them."""


def write(db: Db, file: Mapping[str, Any], out: IO[bytes], *, at: datetime, language: str) -> int:
    """Write the copy as a zip; how many files of hers are in it."""
    copy = copy_of(db, file, at=at, language=language)
    count = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for record in copy["records"]:
            for number, sent in enumerate(record["files"], start=1):
                sent["file"] = f"files/{count + 1:03d}-{number}{ending_of(sent['name'])}"
                try:
                    content = attachments.open(db, sent["sha256"])
                except Problem:
                    sent["file"] = ""
                    continue
                count += 1
                with packed.open(sent["file"], "w") as member:
                    while piece := content.read(_READ_BYTES):
                        member.write(piece)
        packed.writestr("person.json", json.dumps(copy, ensure_ascii=False, indent=1, default=_plain))
        page = _pages.get_template("person_copy.html").render(copy=copy, kind_names=KIND_NAMES)
        packed.writestr("person.html", page)
    return count


def ending_of(name: str) -> str:
    """The ending of a file's name, if it is an ordinary one; never anything a path could be made of."""
    return _PLAIN.sub("", PurePosixPath(name).suffix)[:10]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
