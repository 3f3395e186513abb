"""While a workbook is worked on, phones are served as ever."""

import io
import queue
import threading

from server import workbench
from server.workbench import do_one
from sync.store import forms, proposals
from tests.server.phones_kit import Phone, texts
from tests.server.test_workbench import NEXT, Bench, trial  # noqa: F401 - a fixture
from tests.xlsforms.tables import A_FORM, workbook

PATIENCE_SECONDS = 600
"""For a machine that does a hundred other things; nothing is decided by it."""


class Held:
    """A job that stands still at each of its steps until it is told to go on."""

    def __init__(self, monkeypatch, config, db) -> None:
        self.reached: queue.Queue[str | None] = queue.Queue()
        self.go_on: queue.Queue[bool] = queue.Queue()
        tell = proposals.tell

        def stand_still(*words, step, **more) -> None:
            tell(*words, step=step, **more)
            self.reached.put(step)
            self.go_on.get(timeout=PATIENCE_SECONDS)

        monkeypatch.setattr(workbench.proposals, "tell", stand_still)
        self.config, self.db = config, db

    def steps(self):
        """Each step the job has come to; it goes on when the next is asked for."""
        job = threading.Thread(target=self._do)
        job.start()
        while (step := self.reached.get(timeout=PATIENCE_SECONDS)) is not None:
            yield step
            self.go_on.put(True)
        job.join()

    def _do(self) -> None:
        try:
            do_one(self.config, self.db)
        finally:
            self.reached.put(None)


def test_phones_are_served_at_every_step_of_a_workbook_that_is_checked_and_published(
    app,
    config,
    trial,  # noqa: F811
    java,
    monkeypatch,
):
    db = trial
    bench, phone = Bench(app, config, db), Phone(db, config)
    sent = 0
    answer = bench.post("/forms", workbook=(io.BytesIO(workbook(*A_FORM, NEXT)), "trial.xlsx"))
    number = answer.headers["Location"].rsplit("/", 1)[1]
    held = Held(monkeypatch, config, db)

    for wanted in ("check", "publish"):
        seen = []
        for step in held.steps():
            seen.append(step)
            assert proposals.find(db, number)["job"]["state"] == "running"
            (version,) = texts(phone.get("formList"), "xforms/xform/version")
            assert phone.ask("HEAD", "submission").status_code == 204
            filled = java.fill(forms.xform_of(db, "trial", version), {"call_name": "Test", "unsafe": "no"})
            assert phone.send(filled["xml"].encode()).status_code == 201
            sent += 1
        assert {"reading", "checking", "converting", "validating"} <= set(seen), wanted
        if wanted == "check":
            assert proposals.find(db, number)["state"] == "ready"
            assert bench.post(f"/forms/proposals/{number}/publish").status_code == 303

    assert proposals.find(db, number)["state"] == "published"
    assert db.submissions.count_documents({}) == sent
