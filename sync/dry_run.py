"""What other rules would make of today's caseload: who changes level and why, whose visit moves, how many
visits more. Everything goes the way a real recompute goes; nothing is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sync.core.answers import contents_of
from sync.core.correction import corrected
from sync.core.forecast import Ahead, ahead_of
from sync.core.protocol import FormRules, Rules
from sync.core.record import Record, record_of
from sync.core.scores import CompiledRules, compile_rules, expanded, findings_of, formulas_of
from sync.core.submission import root_of
from sync.folding import known_about
from sync.rebuild import batched
from sync.store import decisions, forms, returnees, submissions
from sync.store.connect import Db
from sync.store.submissions import content_of

AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Trying:
    """Two sets of rules to be compared on the same people."""

    before: Rules
    after: Rules
    today: date
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Form ID -> question name after -> before, as the version that is tried would say."""


def try_on(
    db: Db, trying: Trying, entity_ids: Sequence[str], tell: Callable[[int], None] = lambda _: None
) -> list[Ahead]:
    """What would become of each of these people, in the same order; people nothing registers are left out.

    `tell` hears how many are done.
    """
    found: list[Ahead] = []
    evaluating = _Evaluating(db, trying)
    done = 0
    for some in batched(entity_ids, AT_ONCE):
        found += _try_on(db, trying, evaluating, some)
        done += len(some)
        tell(done)
    return found


def _try_on(db: Db, trying: Trying, evaluating: "_Evaluating", some: list[str]) -> Iterator[Ahead]:
    files = returnees.stored(db, some)
    known = known_about(db, some)
    anew = evaluating.anew({one.instance_id: one for found in known.told.values() for one in found})
    told = {name: [anew.get(one.instance_id, one) for one in found] for name, found in known.told.items()}
    ahead = replace(known, told=told)
    for entity_id in some:
        if entity_id not in files:
            continue
        now: Mapping[str, Any] = files[entity_id]
        if now["rules_version"] != trying.before.version:  # a recompute is under way
            settled = known.fold(entity_id, trying.before, trying.today)
            now = settled.document if settled else now
        then = ahead.fold(entity_id, trying.after, trying.today)
        if then is not None:
            yield ahead_of(entity_id, now, then.document, trying.after.protocol, trying.today)


class _Evaluating:
    """Works out, for each record, only what other rules would find in it."""

    def __init__(self, db: Db, trying: Trying) -> None:
        self.db, self.trying = db, trying
        self.everything = trying.after.protocol.questions != trying.before.protocol.questions
        self.changed = {
            form_id: changed
            for form_id, rules in trying.after.forms.items()
            if (changed := _changed(trying.before.forms.get(form_id), rules)) is not None
        }
        self.compiled = lru_cache(maxsize=256)(self._compiled)

    def anew(self, told: Mapping[str, Record]) -> dict[str, Record]:
        """The records that are others under the new rules, by instance ID."""
        wanted = [name for name, one in told.items() if self._is_other(one)]
        corrections = decisions.corrections(self.db, wanted)
        return {
            one["_id"]: self._record(one, told[one["_id"]], corrections.get(one["_id"], {}))
            for one in submissions.find_all(self.db, wanted)
        }

    def _is_other(self, record: Record) -> bool:
        return not self._rests_on_before(record) or self.everything or record.form_id in self.changed

    def _rests_on_before(self, record: Record) -> bool:
        return record.rules_stamp == self.trying.before.stamps.get(record.form_id, "")

    def _record(
        self, submission: Mapping[str, Any], before: Record, corrections: Mapping[str, str]
    ) -> Record:
        form_id = before.form_id
        full = self.everything or not self._rests_on_before(before)
        compiled = self.compiled(form_id, before.form_version, full)
        root = root_of(content_of(submission))
        if corrections:
            root = corrected(root, corrections, compiled.form, at=submission["received_at"])
        contents = contents_of(root, compiled.form, submission["received_at"])
        findings = findings_of(compiled, root, contents)
        made = record_of(submission, contents, findings, compiled, self.trying.after)
        return made if full else _merged(before, made, self.trying.after.forms[form_id])

    def _compiled(self, form_id: str, version: str, full: bool) -> CompiledRules:
        form = forms.form_definition(self.db, form_id, version, self.trying.renames.get(form_id))
        known = self.trying.after.forms.get(form_id, FormRules(form_id=form_id, version=version))
        return compile_rules(known if full else self.changed[form_id], form)


def _changed(before: FormRules | None, after: FormRules) -> FormRules | None:
    """The scores and indicators whose result may be another one, written out in full, or None."""
    if before is None:
        return after
    old, new = _texts(before), _texts(after)
    known = [replace(one, row=0) for one in before.scores]
    scores = tuple(
        replace(one, formula=new[one.name], minimum_answered=0)
        for one in after.scores
        if replace(one, row=0) not in known or old.get(one.name) != new[one.name]
    )
    indicators = tuple(
        replace(one, condition=new[f"#{one.code}"])
        for one in after.indicators
        if old.get(f"#{one.code}") != new[f"#{one.code}"]
    )
    return replace(after, scores=scores, indicators=indicators) if scores or indicators else None


def _texts(rules: FormRules) -> dict[str, str]:
    """Every formula and condition with the scores in it written out."""
    formulas = formulas_of(rules)
    return formulas | {f"#{one.code}": expanded(one.condition, formulas) for one in rules.indicators}


def _merged(before: Record, made: Record, rules: FormRules) -> Record:
    """What was worked out anew, and the rest as it was, in the order of the rules."""
    scores = {one.name: one for one in (*before.scores, *made.scores)}
    found = {one.code: one for one in (*before.indicators, *made.indicators)}
    return replace(
        made,
        scores=tuple(scores[one.name] for one in rules.scores if one.name in scores),
        indicators=tuple(found[one.code] for one in rules.indicators if one.code in found),
    )


def people(db: Db) -> list[str]:
    """Entity IDs of everybody whose case is open, in a fixed order."""
    return returnees.open_ids(db)


def summary_of(found: Iterable[Ahead]) -> dict[str, Any]:
    """The numbers of a dry run, as they are shown, signed and kept: nothing in them names anybody."""
    found = list(found)
    moves: dict[str, int] = {}
    visits: dict[str, dict[str, int]] = {}
    reasons: dict[str, int] = {}
    for one in found:
        counted = visits.setdefault(one.worker_id, {"before": 0, "after": 0, "people": 0})
        counted["before"] += one.visits_before
        counted["after"] += one.visits_after
        counted["people"] += 1
        if one.changes_level:
            key = f"{one.level_before}>{one.level_after}"
            moves[key] = moves.get(key, 0) + 1
            for code in (*one.reasons_new, *one.reasons_gone):
                reasons[code] = reasons.get(code, 0) + 1
    return {
        "people": len(found),
        "levels": moves,
        "raised": sum(one.is_raised for one in found),
        "lowered": sum(one.changes_level and not one.is_raised for one in found),
        "visits_moved": sum(one.visit_moves for one in found),
        "reasons": dict(sorted(reasons.items(), key=lambda pair: -pair[1])),
        "workers": {name: counted for name, counted in sorted(visits.items())
                    if counted["before"] != counted["after"]},
        "visits_before": sum(one.visits_before for one in found),
        "visits_after": sum(one.visits_after for one in found),
    }  # fmt: skip
