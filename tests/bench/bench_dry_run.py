"""How long a dry run takes on a large caseload, side by side with one process and two.

    nice python -m tests.bench.bench_dry_run [RETURNEES]

Writes figures, asserts nothing. The people are copied as in `bench_rules`, ten submissions each.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from server import embedded, master_key
from server.config import read_config
from server.demo import add_people
from server.dry_run import in_processes
from sync import dry_run, pipeline, rebuild
from sync.core.protocol import Indicator
from sync.store import submissions
from sync.store.connect import ensure_indexes, open_database
from sync.store.rules import current_rules
from tests.bench.bench_rules import NOW, copies, publishing, templates
from tests.bench.figures import say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("returnees", nargs="?", type=int, default=2000)
    given = parser.parse_args()
    today = NOW.date()
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as mongo:
        config = replace(read_config({}, data=folder), mongodb_uri=mongo.uri, database="rules")
        db = open_database(mongo.uri, "rules")
        ensure_indexes(db)
        master_key.unlock(config, db)
        publishing(db)
        add_people(db, returnees=60, seed=3, now=NOW)
        rules = current_rules(db)
        if rules is None:
            raise SystemExit("nothing is published")
        waiting = submissions.claim_some(db, now=NOW, worker_name="bench", limit=10_000)
        for some in rebuild.batched(waiting, 50):
            pipeline.process(db, some, rules, at=NOW)
        patterns = [(one, one[0]["touches"][0]) for one in templates(db)]
        for collection in ("submissions", "records", "returnees", "assessments"):
            db[collection].delete_many({})
        for number in range(given.returnees):
            pattern, entity_id = patterns[number % len(patterns)]
            db.submissions.insert_many(copies(pattern, entity_id), ordered=False)
        rebuild.rebuild(db, rules, today)
        rule = Indicator(
            code="M18",
            label={"en": "Could not get health care"},
            condition="${health_access}='no'",
            dimension="health",
            level="medium",
        )
        followup = rules.forms["followup"]
        changed = replace(followup, indicators=(*followup.indicators, rule))
        more = replace(rules, version="tried", forms={**rules.forms, "followup": changed})
        everyone = dry_run.people(db)
        for what, after in (("one more rule", more), ("other visits", replace(rules, version="tried"))):
            trying = dry_run.Trying(before=rules, after=after, today=today)
            for how, run in (
                ("one process", lambda: dry_run.try_on(db, trying, everyone)),  # noqa: B023
                ("as many as cores", lambda: in_processes(config, db, trying, everyone)),  # noqa: B023
            ):
                begun = time.perf_counter()
                told = dry_run.summary_of(run())
                seconds = time.perf_counter() - begun
                say(
                    f"{what}, {len(everyone)} returnees, {how}: {seconds:.1f} s, "
                    f"{len(everyone) / seconds:.0f} a second, {told['raised']} raised"
                )


if __name__ == "__main__":
    main()
