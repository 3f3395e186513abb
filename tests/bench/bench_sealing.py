"""What sealing costs: `python -m tests.bench.bench_sealing` writes figures, asserts nothing.

Two real servers side by side in one run, in turns: one seals, one does not (`tests.bench.unsealed`). Each
takes the same records of 60 questions from sixteen phones in another process, then works them through.
"""

import argparse
import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.bench import figures
from tests.bench.bench_intake import Bench
from tests.bench.running import running

SENDERS = 16


def main() -> None:
    """Run both and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--records", type=int, default=1600)
    words = asked.parse_args()
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        running(Path(one)) as sealing,
        running(Path(other), program="tests.bench.unsealed") as plain,
        multiprocessing.get_context("spawn").Pool(1) as phones,
    ):
        servers = {"sealed": sealing, "not sealed": plain}
        benches = {name: Bench(server, phones) for name, server in servers.items()}
        for number in range(words.rounds):
            for bench in benches.values():
                bench.run("POST", SENDERS, words.records)
            sys.stderr.write(f"round {number + 1} of {words.rounds}\n")
        rates = {name: bench.measured["POST", SENDERS] for name, bench in benches.items()}
        for name, measured in rates.items():
            figures.say(f"{name:10}  {measured}")
            figures.say(f"{name:10}  {servers[name].memory('after all rounds')}")
        for what in ("rates", "all_in_rates"):
            with_it, without = (sorted(getattr(rates[name], what)) for name in ("sealed", "not sealed"))
            ratio = with_it[len(with_it) // 2] / without[len(without) // 2]
            figures.say(f"{what}: sealed is {ratio:.2f} of not sealed (medians)")


if __name__ == "__main__":
    main()
