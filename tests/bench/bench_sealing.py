"""What trust costs: `python -m tests.bench.bench_sealing` writes one table, asserts nothing.

Two real servers side by side in one run, in turns: one seals everything personal and writes down who saw
what, the other does neither (`tests.bench.unsealed`). Each gets the same invented people, takes the same
records of 60 questions from sixteen phones in another process, works them through, and shows the same pages
to an administrator, a program and a phone.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from tests.attacks.house import Said, Visitor
from tests.bench import figures
from tests.bench.bench_intake import Bench
from tests.bench.figures import percentile
from tests.bench.running import Running, database_of, running
from tests.bench.unsealed import OURS, nothing_sealed

SENDERS = 16
POSTED = ("POST", SENDERS)
PROGRAMS = {"with": "server.cli", "without": OURS}


def main() -> None:
    """Run both and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--records", type=int, default=1600)
    asked.add_argument("--people", type=int, default=100)
    asked.add_argument("--looks", type=int, default=30, help="how often each page is asked for")
    words = asked.parse_args()
    os.environ["PTEAH_LOG_LEVEL"] = "WARNING"
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        running(Path(one), "--demo", program=PROGRAMS["with"]) as sealing,
        running(Path(other), "--demo", program=PROGRAMS["without"]) as plain,
        multiprocessing.get_context("spawn").Pool(1) as phones,
    ):
        servers = {"with": sealing, "without": plain}
        benches = dict[str, Bench]()
        for name, server in servers.items():
            with nullcontext() if name == "with" else nothing_sealed():
                benches[name] = Bench(server, phones)
            _invent(server, PROGRAMS[name], words.people)
        for number in range(words.rounds):
            for bench in benches.values():
                bench.run(*POSTED, words.records)
            sys.stderr.write(f"round {number + 1} of {words.rounds}\n")
        took = _milliseconds(servers, words.looks)
        figures.say(f"{'':33} {'with: median (5-95 %)':26} {'without':26} with/without")
        for what, unit in (("rates", "received a second"), ("all_in_rates", "worked through a second")):
            _say(
                "records", unit, {name: getattr(one.measured[POSTED], what) for name, one in benches.items()}
            )
        for what, milliseconds in took.items():
            _say(what, "ms", milliseconds)
        memory = {name: server.resident() for name, server in servers.items()}
        for what in memory["with"]:
            _say(f"memory: {what}", "MB", {name: [found[what]] for name, found in memory.items()})


def _invent(server: Running, program: str, people: int) -> None:
    """Have the program itself invent people, and its server work through what they answered."""
    words = ("demo", "--returnees", str(people), "--seed", "7", "--data", str(server.data))
    subprocess.run([sys.executable, "-m", program, *words], check=True, stdout=subprocess.DEVNULL)
    waiting = database_of(server.data, server.mongodb_uri).submissions
    while waiting.count_documents({"state": "received"}):
        time.sleep(0.1)


def _pages_of(server: Running) -> dict[str, Callable[[int], Said]]:
    """What is asked for, and how, in which round."""
    person, program, phone = (
        Visitor(server),
        Visitor(server, bearer=server.notes["api_token"]),
        Visitor(server),
    )
    person.sign_in(server.notes["admin"]["user"], server.notes["admin"]["password"])
    listed = json.loads(program.get("/api/v1/returnees?limit=50").body)["items"]
    codes = sorted(one["case_code"] for one in listed)
    door = urlsplit(server.notes["phone"]["server_url"]).path

    def of(visitor: Visitor, path: str) -> Callable[[int], Said]:
        return lambda turn: visitor.get(path.format(code=codes[turn % len(codes)]))

    return {
        "today": of(person, "/"),
        "list of people": of(person, "/caseload"),
        "one person": of(person, "/caseload/{code}"),
        "who saw her": of(person, "/caseload/{code}/privacy"),
        "program: people": of(program, "/api/v1/returnees?limit=50"),
        "program: one": of(program, "/api/v1/returnees/{code}"),
        "phone: its list": of(phone, f"{door}/entities/people.csv"),
    }


def _milliseconds(servers: Mapping[str, Running], looks: int) -> dict[str, dict[str, list[float]]]:
    """Page -> with, without -> how long each look took; the first of each only warms up."""
    pages = {name: _pages_of(server) for name, server in servers.items()}
    took: dict[str, dict[str, list[float]]] = {}
    for turn in range(looks + 1):
        for what in pages["with"]:
            for name in servers:
                begun = time.perf_counter()
                said = pages[name][what](turn)
                if said.status != HTTPStatus.OK:
                    raise RuntimeError(f"{what}: {said.status}")
                if turn:
                    took.setdefault(what, {}).setdefault(name, []).append(
                        (time.perf_counter() - begun) * 1000
                    )
    return took


def _say(what: str, unit: str, measured: Mapping[str, Sequence[float]]) -> None:
    """One row of the table: the medians, from where to where nine tenths lie, and their ratio."""
    middles = {name: statistics.median(values) for name, values in measured.items()}
    said = [
        f"{middles[name]:7.1f} ({percentile(values, 5):.1f}-{percentile(values, 95):.1f})"
        for name, values in measured.items()
    ]
    ratio = middles["with"] / middles["without"]
    figures.say(f"{what + ', ' + unit:33} {said[0]:26} {said[1]:26} {ratio:.2f}")


if __name__ == "__main__":
    main()
