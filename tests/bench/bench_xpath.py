"""How fast rules are evaluated: `python -m tests.bench.bench_xpath` writes figures, asserts nothing."""

import sys
import time
from collections.abc import Callable

from lxml import etree

from sync.core.xpath import Session, compile_expression, read_tree, to_boolean
from tests.core.test_xpath_vectors import OURS
from tests.core.xpath_vectors import NOW, read_vectors

CONDITIONS = {
    "two comparisons": "/data/temp >= 38.5 and /data/days_ill >= 3",
    "temperature, selected(), age": (
        "/data/temp >= 38 and selected(/data/symptoms, 'cough') and (today() - /data/dob) div 365.25 < 5"
    ),
    "count over a repeat": "count(/data/contact[csick = 'yes' and cage < 5]) > 0",
    "three weighted if()": (
        "if(/data/temp >= 39, 2, 0) + if(/data/muac < 11.5, 3, 0)"
        " + if(selected(/data/symptoms, 'convulsions'), 5, 0) >= 5"
    ),
}
PHQ9 = " + ".join(f"/data/main/q{n}" for n in range(9)) + " > 9"


def _per_second(run: Callable[[], object], seconds: float = 0.5) -> float:
    best = 0.0
    for _ in range(3):
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            for _ in range(100):
                run()
            count += 100
        best = max(best, count / (time.perf_counter() - start))
    return best


def _line(name: str, figure: float, unit: str) -> None:
    sys.stdout.write(f"{name:<42}{figure:>12,.0f} {unit}\n")


def _sixty_questions() -> etree._Element:
    root = etree.Element("data", id="screening", version="1")
    main = etree.SubElement(root, "main")
    for number in range(58):
        etree.SubElement(main, f"q{number}").text = str(number % 4)
    return root


def main() -> None:
    """Writes evaluations, compilations and trees per second on one core."""
    context = read_vectors(OURS)["contexts"]["risk"]
    root = etree.fromstring(context["submission_xml"].encode())
    session = Session(read_tree(root, context["types"]), NOW)
    for name, text in CONDITIONS.items():
        expression = compile_expression(text)
        _line(
            f"{name}, same answers", _per_second(lambda e=expression: to_boolean(e.evaluate(session))), "/s"
        )

    large = _sixty_questions()
    types = {f"/data/main/q{number}": "int" for number in range(58)}
    _line("trees of 60 nodes", _per_second(lambda: read_tree(large, types)), "/s")
    _line("compilations", _per_second(lambda: compile_expression(CONDITIONS["two comparisons"])), "/s")

    rules = [compile_expression(f"/data/main/q{n} >= 2 and /data/main/q{n + 1} < 3") for n in range(49)]
    rules.append(compile_expression(PHQ9))

    def one_submission() -> None:
        fresh = Session(read_tree(large, types), NOW)
        for rule in rules:
            rule.evaluate(fresh)

    _line("submissions with 60 nodes and 50 rules", _per_second(one_submission), "/s")


if __name__ == "__main__":
    main()
