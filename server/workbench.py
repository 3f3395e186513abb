"""What is done with a handed-in workbook: checked, tried on today's caseload, published.

It takes seconds and a processor, so it is done beside the server, in a process of its own: `Bench` starts one
when something waits, and ends one that takes too long. Progress and outcome are in MongoDB (`proposals`),
so a page that is loaded again, or another server, sees the same.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import structlog

from server import apart, rehearsal
from server.config import Config
from server.dry_run import in_processes
from sync import dry_run
from sync.core.problem import Problem
from sync.core.protocol import FormRules, Protocol, Rules
from sync.core.times import local_date
from sync.store import attachments, proposals, protocols
from sync.store.connect import Db
from sync.store.rules import current_rules
from xlsforms.apart import look_apart
from xlsforms.convert import Looked
from xlsforms.draft import Sheets, publish_draft
from xlsforms.findings import WorkbookRefused, has_errors
from xlsforms.impact import impact_of
from xlsforms.publish import Ready, Said, publish, ready_of
from xlsforms.translations import coverage, languages
from xlsforms.trials import rules_with

LOOK_EVERY_SECONDS = 1.0
LONGEST_SECONDS = 600
TELL_EVERY_SECONDS = 0.5
MOST_PEOPLE = 2_000
"""People of a dry run whose change is kept, the gravest first."""

Proposal = Mapping[str, Any]
"""A document of the collection `proposals`."""

log = structlog.get_logger("pteah.workbench")


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def do_one(config: Config, db: Db, now: Callable[[], datetime] = utc_now) -> bool:
    """Take up one thing that waits and do it; whether there was one."""
    found = proposals.claim(db, now())
    if found is None:
        return False
    number, job = found["_id"], found["job"]
    if job["tries"] > proposals.MOST_TRIES:
        proposals.finish(db, number, _after_failure(job["doing"]), _problem(Problem("workbench.gave_up")))
        return True
    told = _Telling(db, number, now)
    try:
        changes = DOING[job["doing"]](config, db, found, told, now())
    except WorkbookRefused as refused:
        findings = [asdict(one) for one in refused.findings]
        proposals.finish(db, number, {"state": "refused", "found.findings": findings})
    except Problem as problem:
        proposals.finish(db, number, _after_failure(job["doing"]), _problem(problem))
    except Exception as error:
        # Only the kind: the text of an unknown error may quote a cell.
        log.exception("workbench.failed", kind=type(error).__name__, doing=job["doing"])
        proposals.finish(db, number, _after_failure(job["doing"]), _problem(Problem("workbench.gave_up")))
    else:
        proposals.finish(db, number, changes)
    return True


def _after_failure(doing: str) -> dict[str, Any]:
    return {"state": "failed"} if doing == "check" else {}


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "details": {key: str(value) for key, value in problem.details.items()}}


class _Telling:
    """Writes down how far it is, at most twice a second."""

    def __init__(self, db: Db, number: str, now: Callable[[], datetime]) -> None:
        self.db, self.number, self.now = db, number, now
        self.step, self.told_at = "", 0.0

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        if step == self.step and time.monotonic() - self.told_at < TELL_EVERY_SECONDS:
            return
        self.step, self.told_at = step, time.monotonic()
        proposals.tell(self.db, self.number, now=self.now(), step=step, done=done, total=total)


# --- the three things


def _check(config: Config, db: Db, found: Proposal, tell: _Telling, at: datetime) -> dict[str, Any]:
    workbook = attachments.open(db, found["workbook_sha256"]).read()
    looked = look_apart(workbook, found["filename"], protocol=protocols.current(db), tell=tell)
    tell("comparing")
    book = looked.book
    renames = found.get("renames") or {}
    ready = ready_of(db, looked, on=local_date(at), media=_media(db, found), renames=renames)
    impact = impact_of(db, book, renames, lambda count: tell("comparing", count))
    refused = has_errors(ready.findings) or (ready.form is None and ready.protocol is None)
    made = {
        "form_id": impact.form_id,
        "version": ready.protocol.version if ready.protocol else book.version,
        "title": book.title,
        "is_protocol": book.is_protocol,
        "findings": [asdict(one) for one in ready.findings],
        "languages": languages(book),
        "coverage": [asdict(one) for one in coverage(book)],
        "impact": impact.document(),
        **_made(ready),
    }
    return {"state": "refused" if refused else "ready", "found": made, "dry": None, "signed": None}


def _made(ready: Ready) -> dict[str, Any]:
    if ready.protocol is not None:
        return {"protocol": ready.protocol.document()}
    if ready.form is None:
        return {}
    form = ready.form
    return {"xform": form.xform, "rules": form.rules.document(), "privacy": dict(form.privacy),
            "entity_lists": list(form.entity_lists)}  # fmt: skip


def _media(db: Db, found: Proposal) -> dict[str, bytes]:
    return {one["name"]: attachments.open(db, one["sha256"]).read() for one in found.get("media", ())}


def rules_of(db: Db, found: Proposal) -> Rules:
    """The rules there would be with this proposal. Raises Problem protocol.missing."""
    made = found["found"]
    if made.get("protocol"):
        return rules_with(db, Protocol.from_document(made["protocol"]))
    protocol = protocols.current(db)
    if protocol is None:
        raise Problem("protocol.missing")
    return rules_with(db, protocol, FormRules.from_document(made["rules"]))


def _dry_run(config: Config, db: Db, found: Proposal, tell: _Telling, at: datetime) -> dict[str, Any]:
    before = current_rules(db)
    if before is None:
        raise Problem("protocol.missing")
    today = local_date(at)
    made = found["found"]
    renames = {made["form_id"]: found.get("renames") or {}}
    trying = dry_run.Trying(before=before, after=rules_of(db, found), today=today, renames=renames)
    everyone = dry_run.people(db)
    tell("trying", 0, len(everyone))
    seen = in_processes(config, db, trying, everyone, lambda done: tell("trying", done, len(everyone)))
    changed = sorted(
        (one for one in seen if one.changes), key=lambda one: (not one.is_raised, not one.changes_level)
    )
    return {
        "dry": {
            "on": today.isoformat(),
            "rules_version": before.version,
            "summary": dry_run.summary_of(seen),
            "people": [asdict(one) for one in changed[:MOST_PEOPLE]],
            "changed": len(changed),
        },
        "signed": None,
    }


def _publish(config: Config, db: Db, found: Proposal, tell: _Telling, at: datetime) -> dict[str, Any]:
    wants = found["job"]["wants"]
    said = Said(
        note=wants.get("note", ""),
        confirm=wants.get("confirm", ""),
        renames=found.get("renames") or {},
        signed=found.get("signed"),
    )

    def look(workbook: bytes, filename: str, *, protocol: Protocol | None) -> Looked:
        return look_apart(workbook, filename, protocol=protocol, tell=tell)

    done = publish(
        db,
        attachments.open(db, found["workbook_sha256"]).read(),
        found["filename"],
        at,
        found["job"]["by"],
        media=_media(db, found),
        said=said,
        look=look,
    )
    return {"state": "published", "published": {"form_id": done.form_id, "version": done.version, "at": at}}


def _rehearse(config: Config, db: Db, found: Proposal, tell: _Telling, at: datetime) -> dict[str, Any]:
    def look(content: bytes, filename: str, *, protocol: Protocol | None) -> Looked:
        return look_apart(content, filename, protocol=protocol, tell=tell)

    others = found["job"]["wants"].get("together", "").split()
    together = [found, *filter(None, (proposals.find(db, number) for number in others))]
    tried = [
        Sheets(
            workbook=attachments.open(db, one["workbook_sha256"]).read(),
            filename=one["filename"],
            media=_media(db, one),
        )
        for one in together
    ]
    draft, _ = publish_draft(db, tried, at, found["job"]["by"], look=look)
    tell("people")
    rehearsal.put_people(db, draft, at)
    return {"rehearsed_at": at, "rehearsed_with": [one["_id"] for one in together[1:]]}


DOING: dict[str, Callable[[Config, Db, Proposal, _Telling, datetime], dict[str, Any]]] = {
    "check": _check,
    "dry_run": _dry_run,
    "publish": _publish,
    "rehearse": _rehearse,
}


# --- beside the server


class Bench:
    """Starts a process for what waits, as long as the server runs."""

    def __init__(self, config: Config, db: Db, stopping: threading.Event) -> None:
        self.config, self.db, self.stopping = config, db, stopping
        self.wake = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self.stopping.is_set():
            self.wake.wait(LOOK_EVERY_SECONDS)
            self.wake.clear()
            try:
                if not self.stopping.is_set() and proposals.waits(self.db, utc_now()):
                    self._do()
            except Exception as error:  # the database may be away for a while
                log.warning("workbench.trouble", kind=type(error).__name__)
                self.stopping.wait(2)

    def _do(self) -> None:
        child = apart.start(self.config, "server.workbench")
        deadline = time.monotonic() + LONGEST_SECONDS
        while child.poll() is None and time.monotonic() < deadline and not self.stopping.is_set():
            time.sleep(0.1)
        if child.poll() is None:
            child.terminate()
        apart.end(child, 10)


def main() -> None:
    """Do everything that waits, then end."""
    with apart.begun() as (config, db):
        while do_one(config, db):
            pass


if __name__ == "__main__":
    main()
