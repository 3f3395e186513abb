"""Do phone and server agree? Thousands of fillings by JavaRosa, by chance and at every cut-off.

    nice python -m tests.bench.bench_parity [FILLINGS_PER_FORM] [--forms followup]

Prints counts and every difference; exit code 1 when there is one.
"""

import argparse
import random
import sys
import time
from collections.abc import Mapping
from typing import Any

from sync.core.submission import root_of
from tests.bench.cut_offs import Search, Target, targets_of
from tests.bench.figures import say
from tests.e2e.side_by_side import FORMS, Compared, SideBySide
from tests.javarosa import JavaRosa

ATTEMPTS = 16
"""Fillings that may be spent on one cut-off."""
SEARCHES = 4
"""Different answers looked for, for one cut-off."""
EVERY = 5
"""Each so many-th filling is made once more with the form as it is published."""
TOLD_EVERY = 200
"""Fillings compared between two lines of progress."""


class Run:
    """One form's fillings and what came of them."""

    def __init__(self, both: SideBySide) -> None:
        self.both = both
        self.search = Search(both.compiled)
        self.fillings = self.compared = self.values = self.live = self.told = 0
        self.differences: list[str] = []
        self.asked: list[tuple[Mapping[str, Any], frozenset[str]]] = []
        """Answers of fillings, with the names of the questions that were asked in them."""

    def fill(self, answers: Mapping[str, Any], seed: str) -> Compared | None:
        """Fill once and compare everything."""
        self.fillings += 1
        found = self.both.compare(answers, random.Random(seed))
        if self.fillings % EVERY == 0:
            self._live(answers, seed)
        if found is None:
            return None
        self.compared += 1
        self.values += len(found.phone)
        self.differences += [
            f"{seed}: {node} ({self._name(node)}): phone {found.phone[node]!r}, server {found.server[node]!r}"
            for node in found.differing
        ]
        self.differences += [f"{seed}: {error}" for error in found.errors]
        return found

    def by_chance(self, number: int) -> None:
        """One filling by chance, kept as a way into the form."""
        seed = f"{self.both.form_id} {number}"
        answers = self.both.answers(random.Random(seed))
        found = self.fill(answers, seed)
        if found is not None and len(self.asked) < 600:
            names = {
                str(node.tag) for node in root_of(found.xml.encode()).iter() if isinstance(node.tag, str)
            }
            self.asked.append((answers, frozenset(names)))

    def at(self, target: Target) -> str:
        """Fill until this cut-off is met: `met`, `not met`, or `no answers` where none give it."""
        chance = random.Random(f"{self.both.form_id} {target.about} {target.value}")
        wanted = {one.name for one in self.search.questions(target)}
        ways = sorted(self.asked, key=lambda way: -len(wanted & way[1]))
        solutions = self._solutions(target, chance)
        numbers = {one.name for one in self.both.definition.fields.values() if one.type == "int"}
        for attempt in range(ATTEMPTS if solutions else 0):
            answers = solutions[attempt % len(solutions)]
            way = ways[attempt % min(len(ways), 12)][0] if ways else {}
            seed = f"{self.both.form_id} {target.about} {target.value} {attempt}"
            # Numbers by chance may forbid ours (age then above age now): every other time without them.
            left_out = wanted | numbers if attempt % 2 else wanted
            rest = {name: answer for name, answer in way.items() if name not in left_out}
            filled = self.fill({**rest, **answers}, seed)
            if filled is not None and self.search.value(target, root_of(filled.xml.encode())) == 0:
                return "met"
        return "not met" if solutions else "no answers"

    def tell(self, started: float, where: str) -> None:
        """Say now and then how far the form is, so that a run that is cut short has said what it knew."""
        if self.compared >= self.told + TOLD_EVERY:
            self.told = self.compared
            say(
                f"  {self.both.form_id}: {self.compared} compared ({where}), "
                f"{len(self.differences)} differences, {time.perf_counter() - started:.0f} s"
            )

    def _solutions(self, target: Target, chance: random.Random) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(SEARCHES):
            answers = self.search.answers(target, chance)
            if answers is not None:
                found.append(answers)
            elif number == SEARCHES // 2 and not found:
                break
        return found

    def _live(self, answers: Mapping[str, Any], seed: str) -> None:
        codes = self.both.live(answers, random.Random(seed))
        if codes is not None:
            self.live += 1
            self.differences += [f"{seed}: live check: {code}" for code in codes]

    def _name(self, node: str) -> str:
        return {**self.both.form.steps, **self.both.form.sums}[node]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fillings", nargs="?", type=int, default=2000, help="by chance, for each form")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    given = parser.parse_args()
    java = JavaRosa()
    differences = 0
    try:
        for form_id in given.forms:
            differences += _one_form(Run(SideBySide(java, form_id)), given.fillings)
    finally:
        java.close()
    say(f"{differences} differences")
    return 1 if differences else 0


def _one_form(run: Run, wanted: int) -> int:
    started = time.perf_counter()
    number = 0
    while run.compared < wanted and number < wanted * 3:
        run.by_chance(number)
        number += 1
        run.tell(started, f"of {wanted} by chance")
    by_chance = run.compared
    targets = targets_of(run.both.compiled)
    came = []
    for target in targets:
        came.append((target, run.at(target)))
        run.tell(started, f"cut-off value {len(came)} of {len(targets)}")
    reached = sum(what == "met" for _, what in came)
    possible = sum(what != "no answers" for _, what in came)
    seconds = time.perf_counter() - started
    form = run.both.form
    say(
        f"{form.form_id} {form.version}: {run.compared} fillings compared ({by_chance} by chance, "
        f"{run.compared - by_chance} at cut-offs; {run.fillings - run.compared} could not be finalised), "
        f"{len(form.steps)} rules and {len(form.sums)} scores, {run.values} values; "
        f"{run.live} more through the live check; "
        f"{reached} of {possible} cut-off values met (nothing gives {len(targets) - possible} more); "
        f"{seconds:.0f} s; "
        f"{len(run.differences)} differences"
    )
    for target, what in came:
        if what == "not met":
            say(f"  not met: {target.about} at {target.value}")
    for difference in run.differences[:50]:
        say(f"  {difference}")
    return len(run.differences)


if __name__ == "__main__":
    sys.exit(main())
