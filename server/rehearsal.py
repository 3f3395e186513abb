"""A rehearsal: a form that is not published, its rules and three made-up people, on a test phone of its own.

Everything lies in the draft's space (`sync.store.drafts`): real people and real phones never see any of it,
and it goes with one call.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from sync import pipeline
from sync.core.person import SCREENING
from sync.core.submission import parse_submission
from sync.core.times import local_date
from sync.core.trial import submission_of
from sync.store import drafts, forms, returnees, submissions
from sync.store.connect import Db
from sync.store.drafts import Draft
from sync.store.keeper import Keeper
from sync.store.rules import current_rules

PEOPLE: tuple[Mapping[str, Any], ...] = (
    {"call_name": "Test A", "danger_now": "no", "place_tonight": "yes", "doctor_today": "no"},
    {"call_name": "Test B", "danger_now": "yes", "place_tonight": "yes", "doctor_today": "no"},
    {"call_name": "Test C", "danger_now": "ref", "place_tonight": "no", "doctor_today": "yes"},
)
"""What the made-up people answered when they were first met; nobody real is called so."""
CONSENT = {"private": "yes", "con_interview": "yes", "con_store": "yes", "con_visit": "yes"}


def put_people(db: Db, draft: Draft, at: datetime) -> int:
    """Let the made-up people have been met a week ago, on the test phone; how many there are.

    None where no first talk is published that could register anybody.
    """
    space = drafts.space_of(db, draft)
    version = forms.current_version(space, SCREENING)
    rules = current_rules(space)
    if version is None or rules is None:
        return 0
    form = forms.form_definition(space, SCREENING, version)
    met_at = at - timedelta(days=7)
    keeper = Keeper(space, draft=True)
    for answers in PEOPLE:
        day = local_date(met_at).isoformat()
        told = {**CONSENT, **answers, "today": day, "return_date": day}
        root = submission_of({name: text for name, text in told.items() if name in form.paths}, form)
        _register(root, str(answers["call_name"]))
        submission = parse_submission(etree.tostring(root))
        keeper.keep(submission, received_at=met_at, worker_id=draft.worker_id, device_id=draft.worker_id)
        stored = submissions.find(space, submission.instance_id)
        if stored is not None:
            pipeline.process(space, [stored], rules, at=met_at)
    return len(PEOPLE)


def _register(root: etree._Element, label: str) -> None:
    """What a phone writes when a form puts somebody on the list."""
    meta = etree.SubElement(root, "meta")
    etree.SubElement(meta, "instanceID").text = f"uuid:{uuid.uuid4()}"
    entity = etree.SubElement(meta, "entity", dataset="people", id=str(uuid.uuid4()), create="1")
    etree.SubElement(entity, "label").text = label


def seen(db: Db, draft: Draft) -> dict[str, Any]:
    """What is in the rehearsal: the people with level and visits, and what test phones sent."""
    space = drafts.space_of(db, draft)
    return {
        "people": list(returnees.every(space)),
        "sent": sum(submissions.counts(space).values()),
    }
