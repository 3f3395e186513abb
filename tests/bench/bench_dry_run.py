"""How long a dry run takes on a large caseload, side by side with one process and as many as cores.

    nice python -m tests.bench.bench_dry_run [RETURNEES] [--ready FILE]

Writes figures, asserts nothing. The people are copied, ten submissions or more each. With `--ready` it waits,
once the people are there, until this file is: so that only the measuring need have the machine to itself.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from server.dry_run import in_processes
from sync import dry_run
from sync.core.protocol import Indicator, Rules
from tests.bench.figures import say

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


def changed(rules: Rules) -> Iterator[tuple[str, Rules]]:
    """What is tried: a reason few have, one that nearly everybody has, and another plan of visits."""
    followup = rules.forms["followup"]
    for what, condition in (
        ("one more rule, met by few", "${health_access}='no'"),
        ("one more rule, met by many", "${health_access}!='ref'"),
    ):
        rule = Indicator(
            code="M18",
            label={"en": "Could not get health care"},
            condition=condition,
            dimension="health",
            level="high",
        )
        more = replace(followup, indicators=(*followup.indicators, rule))
        yield what, replace(rules, version="tried", forms={**rules.forms, "followup": more})
    fewer = tuple(row for row in rules.protocol.schedule if row.offset_days > 30)
    later = tuple(
        replace(row, offset_days=row.offset_days + 3) if row.level == "high" else row
        for row in rules.protocol.schedule
    )
    yield (
        "other visits at one level",
        replace(rules, version="tried", protocol=replace(rules.protocol, schedule=later)),
    )
    yield (
        "other visits at every level",
        replace(rules, version="tried", protocol=replace(rules.protocol, schedule=fewer)),
    )


def main() -> None:
    # Not at the top: every process of a dry run reads again what stands there, and `pteah` has nothing of it.
    from tests.bench.caseload import grow, peopled  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("returnees", nargs="?", type=int, default=2000)
    parser.add_argument("--ready", type=Path)
    parser.add_argument("--alone", action="store_true", help="also with one process")
    given = parser.parse_args()
    today = NOW.date()
    with peopled(60, NOW) as (config, db, rules):
        grow(db, given.returnees)
        everyone = dry_run.people(db)
        say(f"{len(everyone)} people with open cases, {db.records.estimated_document_count()} records")
        while given.ready and not given.ready.exists():
            time.sleep(1)
        for what, after in changed(rules):
            trying = dry_run.Trying(before=rules, after=after, today=today)
            for count in (1, None) if given.alone else (None,):
                begun, worked = time.perf_counter(), time.process_time()
                if count:
                    told = dry_run.summary_of(dry_run.try_on(db, trying, everyone))
                else:
                    told = dry_run.summary_of(in_processes(config, db, trying, everyone))
                seconds = time.perf_counter() - begun
                say(
                    f"{what}, {len(everyone)} returnees, {'one process' if count else 'as many as cores'}: "
                    f"{seconds:.1f} s, {len(everyone) / seconds:.0f} a second, {told['raised']} raised, "
                    f"{told['visits_moved']} visits moved; processor of this process "
                    f"{time.process_time() - worked:.1f} s"
                )


if __name__ == "__main__":
    main()
