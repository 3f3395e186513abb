"""What happens in `tests.e2e.weeks` besides filling and sending on phones: edits, merges, a browser."""

import contextlib
import http.client
import re
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from server.app import create_app
from sync import who_is_who
from sync.core.worker import Worker
from sync.store import forms, returnees, workers
from sync.store.rules import current_rules
from sync.who_is_who import Said
from tests.e2e.visits import FOLLOW_UP, INTAKE, LATER_VISIT, LONG_TALK, SCREENING, first_talk
from tests.javarosa import Filled
from tests.javarosa.multipart import Part, body_of
from tests.server.signed_in import PASSWORD, add_account, sign_in

WITHOUT_A_PHONE = "rith"
DAYS_WITHOUT_SECOND_STEP = 100


def edited(filled: Filled) -> Filled:
    """The record as Collect makes it of one that is opened again: another number, the former one in it."""
    number = f"uuid:{uuid.uuid4()}"
    meta = rb"(<(?:\w+:)?instanceID>)[^<]+(</(?:\w+:)?instanceID>)"
    xml = re.sub(rb"<deprecatedID>[^<]*</deprecatedID>", b"", filled.xml)  # of an edit, the former's
    xml, found = re.subn(meta, rb"\g<1>" + number.encode() + rb"\g<2>", xml)
    former = f"<deprecatedID>{filled.instance_id}</deprecatedID>".encode()
    xml, ends = re.subn(rb"(</(?:\w+:)?meta>)(?!.*</(?:\w+:)?meta>)", former + rb"\g<1>", xml, flags=re.S)
    assert (found, ends) == (1, 1)
    xml = xml.replace(b"<food_less>rarely<", b"<food_less>often<")
    return replace(filled, instance_id=number, xml=xml, attachments=dict(filled.attachments), sent=False)


def merge_two(world: Any) -> None:
    """A coordinator finds that two registered people are one."""
    files = sorted(found["_id"] for found in world.db.returnees.find({}, {"_id": 1}))
    if len(files) < 2:
        return
    gone, stays = (returnees.find(world.db, name) for name in world.chance.sample(files, 2))
    rules = current_rules(world.db)
    assert gone
    assert stays
    assert rules
    said = Said(decision_id=str(uuid.uuid4()), by="lead", at=world.now, reason="They are one")
    who_is_who.merge(world.db, gone, stays, said, rules)
    world.merged[gone["_id"]] = stays["_id"]


def cut_short(url: str, content_type: str, body: bytes, *, share: float) -> None:
    """A POST whose line is torn in the middle of the body."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest("POST", parts.path)
        headers = {"X-OpenRosa-Version": "1.0", "Content-Type": content_type, "Content-Length": len(body)}
        for name, value in headers.items():
            connection.putheader(name, str(value))
        connection.endheaders(body[: int(len(body) * share)])


class Browser:
    """A worker without a phone, who fills the same forms in the pages."""

    def __init__(self, world: Any, app_config: Any) -> None:
        self.world = world
        config = replace(app_config, second_step_days=DAYS_WITHOUT_SECOND_STEP)
        self.app = create_app(config, world.db, now=lambda: world.now)
        self.user = add_account(world.db, "outreach_worker", worker_id=WITHOUT_A_PHONE)
        self.filled: list[tuple[Filled, datetime]] = []
        self.lists: dict[str, bytes] = {}
        workers.add(world.db, Worker(id=WITHOUT_A_PHONE, name="Rith", team="south"))

    def fill(self) -> None:
        """Sign in, open a form, fill it with the same engine, send it."""
        db, chance = self.world.db, self.world.chance
        client = self.app.test_client()
        assert sign_in(client, self.user, PASSWORD).status_code == 303
        theirs = client.get(self._address(FOLLOW_UP, "people.csv")).data.decode().splitlines()[1:]
        people = sorted(line.split(",")[0] for line in theirs)
        form = chance.choice((INTAKE, FOLLOW_UP)) if people and chance.random() < 0.6 else SCREENING
        version = forms.find_version(db, form, forms.current_version(db, form))
        assert version is not None
        names = [file["name"] for file in version["media"]] + ["people.csv"]
        media = {name: client.get(self._address(form, name)).data for name in names}
        if form == SCREENING:
            phone = self.world.hands[0].phone
            answers = first_talk(phone, call_name=f"W{chance.randint(1, 999)}")
        else:
            answers = {**(LONG_TALK if form == INTAKE else LATER_VISIT)}
            answers |= {"which": "all", "person": chance.choice(people)}
        xform = client.get(f"/fill/{form}/{version['version']}/form.xml").data
        told = self.world.java.fill(xform, answers, media=media, now=self.world.now)
        xml = told["xml"].encode()
        number = re.search(rb"<(?:\w+:)?instanceID>([^<]+)<", xml)
        assert number
        filled = Filled(form, version["version"], number[1].decode(), xml, [], [], [], {}, "record.xml")
        content_type, body = body_of([Part("xml_submission_file", xml, "record.xml", "text/xml")])
        token = client.get("/fill/token").json["token"]
        answer = client.post("/fill", data=body, content_type=content_type, headers={"X-CSRFToken": token})
        assert answer.status_code == 201, answer.text
        self.filled.append((filled, self.world.now))
        self.world.note_all([filled])

    def _address(self, form: str, name: str) -> str:
        version = forms.current_version(self.world.db, form)
        return f"/fill/{form}/{version}/-/files/{name}"
