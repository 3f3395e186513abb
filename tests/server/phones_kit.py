"""A phone that speaks as ODK Collect does, to the door in front of an application without pages."""

import hashlib
import itertools
from datetime import UTC, datetime

from bson import ObjectId
from flask import Flask
from lxml import etree
from werkzeug.test import Client, TestResponse

from server import phones
from server.config import Config
from sync.core.submission import parse_submission
from sync.store import attachments, devices, forms, stamps
from sync.store.connect import Db
from tests.javarosa.multipart import Part, body_of

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
INSTALLATION = "collect:abcdEFGH12345678"
HEADERS = {
    "X-OpenRosa-Version": "1.0",
    "User-Agent": "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0 (Linux; U; Android 14)",
    # As Collect writes it: twelve hours without a.m. or p.m.
    "Date": "Mon, 23 Nov 2026 04:11:39 GMT",
}
XFORM = b'<?xml version="1.0"?><h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head/></h:html>'
PLACES = b"name,label\n01,\xe1\x9e\x80\n"
_numbers = itertools.count()


class Phone:
    """One registered phone. Every address it asks gets `deviceID`, as with Collect."""

    def __init__(self, db: Db, config: Config, worker_id: str = "worker-1", wake=lambda: None) -> None:
        app = Flask("behind")
        app.add_url_rule("/", "home", lambda: "the pages of people")
        phones.install(app, db, config, wake)
        self.db, self.app = db, app
        self.client = Client(app.wsgi_app)
        self.token = devices.add(
            db, name="Phone", worker_id=worker_id, worker_name="Worker One", made_at=MADE_AT
        )

    def ask(self, method: str, path: str, *, headers=None, query=None, **more) -> TestResponse:
        """Ask something under this phone's key; `headers` replace Collect's."""
        return self.client.open(
            f"/key/{self.token}/{path}",
            method=method,
            headers=HEADERS if headers is None else headers,
            query_string={**(query or {}), "deviceID": INSTALLATION},
            **more,
        )

    def get(self, path: str, **more) -> TestResponse:
        return self.ask("GET", path, **more)

    def follow(self, url: str, **more) -> TestResponse:
        """Fetch an absolute address that the server gave."""
        before, _, path = url.partition(f"/key/{self.token}/")
        assert before == "http://localhost", url
        return self.get(path, **more)

    def send(self, xml: bytes, *files: Part, incomplete: bool = False) -> TestResponse:
        """Send a record as Collect does."""
        parts = [Part("xml_submission_file", xml, "ចុះឈ្មោះ_2026-11-23_10-30-00.xml", "text/xml"), *files]
        if incomplete:
            parts.append(Part("*isIncomplete*", b"yes"))
        return self.send_parts(parts)

    def send_parts(self, parts: list[Part]) -> TestResponse:
        content_type, body = body_of(parts)
        return self.send_body(body, content_type)

    def send_body(self, body: bytes, content_type: str = "multipart/form-data; boundary=b") -> TestResponse:
        return self.ask("POST", "submission", data=body, content_type=content_type)


def a_photo(name: str = "1700000000000.jpg", content: bytes = b"\xff\xd8photo") -> Part:
    return Part(name, content, name, "image/jpeg")


def a_record(
    answer: str = "yes", *, instance_id: str = "", form: str = "screening", version: str = "1"
) -> bytes:
    instance_id = instance_id or f"uuid:{next(_numbers)}"
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<data id="{form}" version="{version}"><q>{answer}</q>'
        f"<meta><instanceID>{instance_id}</instanceID></meta></data>"
    ).encode()


def id_of(xml: bytes) -> str:
    return parse_submission(xml).instance_id


def publish(
    db: Db, form_id: str = "screening", version: str = "1", *, title: str = "Registration", **more
) -> None:
    """A published form version, in the shape `xlsforms.publish` gives it."""
    media = [
        {
            "name": name,
            "sha256": attachments.put(db, content, public=True),
            "md5": hashlib.md5(content).hexdigest(),
            "bytes": len(content),
        }
        for name, content in more.get("media", {}).items()
    ]
    xform = XFORM + f"<!-- {form_id} {version} -->".encode()
    db.form_versions.insert_one(
        {
            "_id": f"{form_id}@{version}",
            "form_id": form_id,
            "version": version,
            "title": title,
            "xform": xform,
            "md5": hashlib.md5(xform).hexdigest(),
            "media": media,
            "entity_lists": more.get("entity_lists", []),
            "published_at": MADE_AT,
        }
    )
    forms.make_current(db, form_id, version)
    forms.set_state(db, form_id, more.get("state", "open"))


def register(
    db: Db, entity_id: str, *, worker_id: str = "worker-1", deleted: bool = False, version: int = 1, **more
) -> None:
    """A person on a worker's list, as the fold leaves her."""
    stamps.renew(db, [stamps.PEOPLE])
    db.returnees.insert_one(
        {
            "_id": entity_id,
            "case_code": f"KDL-26-{entity_id[:4]}",
            "worker_id": worker_id,
            "person": {"call_name": "Test", "is_child": False, "province": "08", "village": "08010101"},
            "entity": {
                "label": f"Test {entity_id}",
                "version": version,
                "properties": {},
                "deleted": deleted,
            },
            "risk": {"call_first": False},
            "measured_on": {"phq": "", "ptsd": ""},
            "follow_ups": [],
            "next_due_on": "2026-11-20",
            "last_seen_on": "2026-11-01",
            "places": ["08"],
            "revision": ObjectId(),
            **more,
        }
    )


def elements(response: TestResponse, path: str) -> list[etree._Element]:
    """The elements of an answer, by local names."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    return etree.fromstring(response.data).xpath(f"/{steps}")


def texts(response: TestResponse, path: str) -> list[str]:
    return [element.text or "" for element in elements(response, path)]


def sentence(response: TestResponse) -> str:
    """The message a person reads on the phone."""
    (said,) = texts(response, "OpenRosaResponse/message")
    return said
