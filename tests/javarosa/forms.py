"""What lies on a phone: blank forms, finalised forms, and how one is cut into POSTs.

Source: collect_contract sections 3 and 6.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tests.javarosa.line import Response
from tests.javarosa.multipart import Part, content_type_of

ATTACHMENTS_PER_POST = 101


@dataclass
class Form:
    """A blank form on the phone."""

    form_id: str
    version: str
    title: str
    xform: bytes
    media: dict[str, bytes]
    media_hashes: dict[str, str]
    entity_lists: list[str]
    public_key: str = ""
    """Records of this form are encrypted with it as soon as they are finalised."""

    @property
    def hash(self) -> str:
        return "md5:" + hashlib.md5(self.xform).hexdigest()


@dataclass
class Filled:
    """A finalised form, ready to send."""

    form_id: str
    version: str
    instance_id: str
    xml: bytes
    shown: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    unasked: list[str]
    values: dict[str, str | None]
    file_name: str
    attachments: dict[str, bytes] = field(default_factory=dict)
    sent: bool = False

    @property
    def notes(self) -> list[str]:
        """Names of the notes that were seen."""
        return [line["name"] for line in self.shown if line["kind"] == "note"]

    @property
    def questions(self) -> list[str]:
        """Names of the questions that were asked."""
        return [line["name"] for line in self.shown if line["kind"] == "question"]

    def answer(self, name: str) -> str | None:
        """The first node of this name in the submission: its text, "" if empty, None if not sent."""
        found = etree.fromstring(self.xml).find(f".//{{*}}{name}")
        return None if found is None else found.text or ""

    @property
    def entity(self) -> dict[str, str]:
        """Attributes of the first meta/entity, and its `label`; empty if the form has none."""
        found = etree.fromstring(self.xml).find(".//{*}meta/{*}entity")
        if found is None:
            return {}
        attributes = {str(name): str(value) for name, value in found.attrib.items()}
        return attributes | {"label": found.findtext("{*}label") or ""}


@dataclass
class Refreshed:
    """What a refresh changed."""

    downloaded: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    """Entity lists whose CSV was fetched."""


def posts_of(filled: Filled, limit_bytes: int) -> list[list[Part]]:
    """The parts of each POST, split as Collect does: each but the last ends in *isIncomplete*."""
    record = Part("xml_submission_file", filled.xml, filled.file_name, "text/xml")
    posts = [[record]]
    size = len(filled.xml)
    for name, content in filled.attachments.items():
        full = len(posts[-1]) > ATTACHMENTS_PER_POST or size + len(content) > limit_bytes
        if len(posts[-1]) > 1 and full:
            posts[-1].append(Part("*isIncomplete*", b"yes"))
            posts.append([record])
            size = len(filled.xml)
        posts[-1].append(Part(name, content, name, content_type_of(name)))
        size += len(content)
    return posts


def message_of(response: Response) -> str:
    """The words a person reads in a submission's answer."""
    return etree.fromstring(response.body).findtext("{http://openrosa.org/http/response}message") or ""
