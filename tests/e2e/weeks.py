"""Whole weeks of three phones and a browser, played from a seed against a real server, beside a plain model.

The phones are our JavaRosa client over real sockets; the world has its own clock, and the worker runs when
the world lets it. `python -m tests.bench.bench_weeks --seeds 50` plays many.
"""

import contextlib
import io
import logging
import random
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from flask import Flask
from werkzeug.serving import make_server

import xlsforms
from server import phones
from server.config import Config
from sync import worker
from sync.core.worker import Worker
from sync.store import devices, workers
from sync.store.connect import Db
from tests.e2e.besides import Browser, cut_short, edited, merge_two
from tests.e2e.model import wrong
from tests.e2e.visits import FOLLOW_UP, INTAKE, LATER_VISIT, LONG_TALK, SCREENING, first_talk
from tests.javarosa import Filled, JavaRosa, Phone

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAYS = 12
HANDS = (("sok", "north", "own"), ("dara", "north", "team"), ("vanna", "south", "own"))
"""Worker, team, and whose people are on the phone: two of them hold the same people."""


class GoneError(OSError):
    """The network went away."""


@dataclass
class Hand:
    """One worker with the phone in use, and every record ever filled on it."""

    worker_id: str
    covers: str
    team: str
    phone: Phone
    device_id: str
    clock_off: timedelta = timedelta(0)
    filled: list[tuple[Filled, datetime]] = field(default_factory=list)


class World:
    """A server, its clock, three phones, and the model: which records must have arrived."""

    def __init__(self, db: Db, java: JavaRosa, config: Config, seed: int) -> None:
        self.db, self.java = db, java
        self.chance = random.Random(seed)
        self.now = MONDAY
        app = Flask("behind")
        phones.install(app, db, config, lambda: None, now=lambda: self.now)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # an address holds a token
        self._server = make_server("127.0.0.1", 0, app.wsgi_app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._serving = threading.Thread(target=self._server.serve_forever)
        self._serving.start()
        self.hands: list[Hand] = []
        self.lost: list[Hand] = []
        self.delivered: dict[str, Filled] = {}
        self.received: dict[str, datetime] = {}
        """Instance ID -> when it first arrived, whole or in part."""
        self.edits: dict[str, str] = {}
        """Instance ID of an edit -> of the record it replaces."""
        self.merged: dict[str, str] = {}
        """Entity ID of whoever was merged -> into whom."""
        self.browser = Browser(self, app_config=config)
        for worker_id, team, covers in HANDS:
            workers.add(db, Worker(id=worker_id, name=worker_id, team=team, covers=covers))
            self.hands.append(self.a_hand(worker_id, team, covers))
        self.hands[1].clock_off = timedelta(days=-2)
        self.hands[2].clock_off = timedelta(days=2)

    def close(self) -> None:
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def every_filling(self) -> list[tuple[Filled, datetime]]:
        """Every record that was ever finalised, on any phone or in the browser, and the day it says."""
        hands = [*self.hands, *self.lost]
        return [one for hand in hands for one in hand.filled] + self.browser.filled

    def a_hand(self, worker_id: str, team: str, covers: str) -> Hand:
        token = devices.add(
            self.db,
            name=f"Phone of {worker_id}",
            worker_id=worker_id,
            worker_name=worker_id,
            made_at=self.now,
        )
        phone = Phone(self.java, f"{self.url}/key/{token}", install_id=f"collect:{secrets.token_hex(8)}")
        phone.refresh()  # whoever connects a phone has a network
        return Hand(worker_id, covers, team, phone, devices.id_of(token))

    # -- what happens ------------------------------------------------------------------------

    def play(self) -> None:
        """Two weeks of work; at their end every phone finds a network and everything is worked through."""
        lose_on, update_on = self.chance.randint(4, 8), self.chance.randint(3, 7)
        merge_on = self.chance.sample(range(4, DAYS - 2), 2)
        for day in range(DAYS):
            self.now = MONDAY + timedelta(days=day)
            if day == lose_on:
                self.lose(self.chance.choice(self.hands))
            if day == update_on:
                publish_anew(self.db, self.now)
            for hand in self.chance.sample(self.hands, len(self.hands)):
                self.a_day_of(hand)
            self.now += timedelta(hours=1)
            if self.chance.random() < 0.4:
                self.browser.fill()
            if day in merge_on or self.chance.random() < 0.7:
                self.work()
            if day in merge_on:  # phones that do not ask for days go on with the old number
                merge_two(self)
        self.now = MONDAY + timedelta(days=DAYS)
        for hand in self.hands:
            self.send(hand)
        self.work()
        for hand in self.hands:
            hand.phone.refresh()

    def a_day_of(self, hand: Hand) -> None:
        is_online = self.chance.random() < 0.6
        if is_online:
            hand.phone.refresh()
        for _ in range(self.chance.randint(0, 2)):
            self.now += timedelta(minutes=self.chance.randint(5, 40))
            self.fill(hand)
        if self.chance.random() < 0.25:
            self.edit(hand)
        if is_online and self.chance.random() < 0.8:
            if self.chance.random() < 0.3:
                self.lose_network_while_sending(hand)
            else:
                self.send(hand)
            if self.chance.random() < 0.3:
                self.storm(hand)

    def fill(self, hand: Hand) -> None:
        """Whoever is on the list is visited, or somebody new is met; nothing is sent."""
        people = sorted(hand.phone.lists["people"].rows)
        if people and self.chance.random() < 0.65:
            form = self.chance.choice((INTAKE, FOLLOW_UP, FOLLOW_UP))
            answers = {**(LONG_TALK if form == INTAKE else LATER_VISIT)}
            answers |= {"which": "all", "person": self.chance.choice(people)}
            if form == FOLLOW_UP and self.chance.random() < 0.3:
                answers |= {"violence": "yes", "violence_who": "other"}
            if form == FOLLOW_UP and self.chance.random() < 0.2:
                answers = {"which": "all", "person": answers["person"], "outcome": "not_home"}
        else:
            form = SCREENING
            answers = first_talk(hand.phone, call_name=f"N{self.chance.randint(1, 999)}")
        files = {f"{n}.jpg": bytes([n]) * 4_000 for n in range(3)} if self.chance.random() < 0.3 else {}
        at = self.now + hand.clock_off
        hand.filled.append((hand.phone.fill(form, answers, now=at, attachments=files), at))

    def edit(self, hand: Hand) -> None:
        """A record that was finalised on this phone, sent or not, is opened once more and put right."""
        replaced = set(self.edits.values())
        newest = [one for one in hand.filled if one[0].instance_id not in replaced]
        if newest:
            filled, at = self.chance.choice(newest)
            edit = edited(filled)
            self.edits[edit.instance_id] = filled.instance_id
            hand.phone.filled.append(edit)
            hand.filled.append((edit, at))

    def send(self, hand: Hand) -> None:
        for response in hand.phone.send():
            assert response.status == 201, response
        self.note_delivered(hand)

    def note_delivered(self, hand: Hand) -> None:
        self.note_all([filled for filled, _ in hand.filled if filled.sent])

    def note_all(self, came: list[Filled]) -> None:
        for filled in came:
            self.delivered[filled.instance_id] = filled
            self.received.setdefault(filled.instance_id, self.now)

    def lose_network_while_sending(self, hand: Hand) -> None:
        """Each record is cut into many POSTs; after some of them there is no network any more."""
        line, left = hand.phone.line, self.chance.randint(0, 5)
        post = line.post

        def posting(*what: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                if left == -1 and self.chance.random() < 0.6:
                    cut_short(*what, share=self.chance.random())  # in the middle of this one
                raise GoneError
            return post(*what)

        line.post = posting  # type: ignore[method-assign]
        with contextlib.suppress(GoneError):
            hand.phone.send(limit_bytes=5_000)
        line.post = post  # type: ignore[method-assign]
        # What got there is on the server, whole or in part; what the phone was not told of is sent again.
        self.note_delivered(hand)
        waiting = [filled for filled, _ in hand.filled if not filled.sent]
        on_server = self.db.submissions.find(
            {"_id": {"$in": [one.instance_id for one in waiting]}}, {"_id": 1}
        )
        arrived = {found["_id"] for found in on_server}
        self.note_all([one for one in waiting if one.instance_id in arrived])

    def storm(self, hand: Hand) -> None:
        """A phone gone wrong sends everything once more, several times, all at once."""
        again = [filled for filled, _ in hand.filled if filled.sent] * 3
        self.chance.shuffle(again)
        with ThreadPoolExecutor(4) as storm:
            for response in [one for many in storm.map(hand.phone.send, again[:24]) for one in many]:
                assert response.status == 201, response

    def lose(self, hand: Hand) -> None:
        """The phone is gone with everything on it that was not sent; the worker gets another one."""
        devices.revoke(self.db, hand.device_id, at=self.now, lost=True)
        self.hands.remove(hand)
        self.lost.append(hand)
        self.hands.append(self.a_hand(hand.worker_id, hand.team, hand.covers))

    def work(self) -> None:
        while True:
            outcome = worker.run_once(self.db, "weeks", lambda: self.now)
            assert outcome.failed == []
            if not outcome.taken and not outcome.refolded:
                return


def publish_anew(db: Db, at: datetime) -> None:
    """The follow-up form in another version: a coordinator changed a hint."""
    from xlsforms.publish import publish  # noqa: PLC0415

    workbook = openpyxl.load_workbook(Path(xlsforms.__file__).parent / "followup.xlsx")
    settings = workbook["settings"]
    version = next(cell for cell in settings[1] if cell.value == "version")
    settings.cell(2, version.column).value = "2027010101"
    out = io.BytesIO()
    workbook.save(out)
    publish(db, out.getvalue(), "followup.xlsx", at, "weeks")


def played(db: Db, java: JavaRosa, config: Config, seed: int) -> tuple[World, list[str]]:
    """The world after its two weeks, and everything that came out otherwise than it must."""
    world = World(db, java, config, seed)
    try:
        world.play()
        return world, wrong(world)
    finally:
        world.close()
