"""The senders' process of bench_assessment: registrations at a fixed pace, one at a time watched."""

import http.client
import json
import queue
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass

from tests.bench.sending import Connection, post_of, submission_heads

LOOK_EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 60
ENTITY_ID = re.compile(rb'(<(?:\w+:)?entity [^>]*\bid=")[^"]+')
CALL_NAME = re.compile(rb"(<call_name>)[^<]+")
SYLLABLES = b"ba chan da dy kha ky la lin ma mom na ny pha pov ra roth sok ta thy vann vy yan".split()
"""Invented names have three: thousands of people do not share the twenty names of the pattern."""
INSTANCE_ID = re.compile(rb"(<(?:\w+:)?instanceID>)[^<]+")


@dataclass(frozen=True)
class Course:
    """What is to be sent, how fast, for how long."""

    port: int
    tokens: list[str]
    api_token: str
    registrations: list[bytes]
    rate: int
    seconds: int


def run_course(course: Course) -> tuple[list[float], list[float]]:
    """(seconds from a 201 until the level could be read, seconds from HEAD to 201)."""
    waits: list[float] = []
    latencies: list[float] = []
    start = time.perf_counter() + 1
    wanted, watched = threading.Semaphore(0), queue.SimpleQueue[tuple[str, float] | None]()

    def send(sender: int) -> None:
        head, common = submission_heads(course.tokens[sender], course.port)
        with Connection(course.port) as connection:
            for number in range(sender, course.rate * course.seconds, len(course.tokens)):
                entity_id, xml = _another(course.registrations[number % len(course.registrations)])
                post = post_of(xml, common)
                time.sleep(max(0.0, start + number / course.rate - time.perf_counter()))
                begun = time.perf_counter()
                connection.ask(head, b"HTTP/1.1 204")
                connection.ask(post, b"HTTP/1.1 201")
                received = time.perf_counter()
                latencies.append(received - begun)
                if wanted.acquire(blocking=False):
                    watched.put((entity_id, received))

    def watch() -> None:
        wanted.release()
        while one := watched.get():
            waits.append(_readable_after(course, *one))
            wanted.release()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(len(course.tokens))]
    watcher = threading.Thread(target=watch)
    for thread in [*senders, watcher]:
        thread.start()
    for thread in senders:
        thread.join()
    watched.put(None)
    watcher.join()
    if len(latencies) != course.rate * course.seconds:
        raise RuntimeError("a sender failed")
    return waits, latencies


def _another(registration: bytes) -> tuple[str, bytes]:
    """The same answers about somebody else: (entity ID, record)."""
    entity_id = str(uuid.uuid4())
    xml = ENTITY_ID.sub(rb"\g<1>" + entity_id.encode(), registration)
    xml = CALL_NAME.sub(rb"\g<1>" + b"".join(random.choices(SYLLABLES, k=3)), xml)
    return entity_id, INSTANCE_ID.sub(rb"\g<1>uuid:" + str(uuid.uuid4()).encode(), xml)


def _readable_after(course: Course, entity_id: str, received: float) -> float:
    """Ask until the level of this person can be read."""
    api = http.client.HTTPConnection("127.0.0.1", course.port)
    headers = {"Authorization": f"Bearer {course.api_token}"}
    try:
        while time.perf_counter() - received < PATIENCE_SECONDS:
            api.request("GET", f"/api/v1/returnees/{entity_id}", headers=headers)
            answer = api.getresponse()
            body = answer.read()
            if answer.status == 200 and json.loads(body)["risk"]["level"]:
                return time.perf_counter() - received
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        api.close()
    raise RuntimeError("no level within a minute")
