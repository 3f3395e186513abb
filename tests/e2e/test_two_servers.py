"""Two servers and their workers on one database: whoever takes what, everything is done once."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from server.serving import Serving
from sync import pipeline, rebuild, worker
from sync.store import devices, returnees, submissions
from sync.store.rules import current_rules
from tests.e2e.visits import FIRST_TALK, SCREENING
from tests.javarosa import Phone
from tests.waiting import wait_until

RECORDS = 16


def test_two_servers_and_three_workers_do_nothing_twice_and_lose_nothing(
    java, config, published, monkeypatch
):
    done: Counter[str] = Counter()
    process = pipeline.process

    def counted(db, batch, rules, *, at):
        process(db, batch, rules, at=at)
        done.update(one["_id"] for one in batch)

    monkeypatch.setattr(pipeline, "process", counted)
    stop = threading.Event()
    third = threading.Thread(target=worker.run, args=(published, stop, threading.Event()))
    config = replace(config, port=0)
    with Serving(config, published) as one, Serving(config, published) as other:
        third.start()
        token = devices.add(published, name="A", worker_id="w1", worker_name="", made_at=datetime.now(UTC))
        phones = [Phone(java, f"{server.url}/key/{token}") for server in (one, other)]
        phones[0].refresh()
        filled = [
            phones[0].fill(SCREENING, {**FIRST_TALK, "call_name": f"Name {number}"})
            for number in range(RECORDS)
        ]
        statuses: list[int] = []

        def send(phone: Phone) -> None:  # every record to both, at the same time
            statuses.extend(phone.send(each)[0].status for each in filled)

        senders = [threading.Thread(target=send, args=(phone,)) for phone in phones]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        try:
            wait_until(lambda: not submissions.counts(published)["received"])
        finally:
            stop.set()
            third.join()

    assert statuses == [201] * 2 * RECORDS
    assert done == Counter(each.instance_id for each in filled)
    assert submissions.counts(published) == {"received": 0, "processed": RECORDS, "set_aside": 0}
    assert len({file["case_code"] for file in returnees.every(published)}) == RECORDS
    rules = current_rules(published)
    assert rules is not None
    assert rebuild.check(published, rules, datetime.now(UTC)).differences == []
