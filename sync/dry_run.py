"""What other rules would make of today's caseload: who changes level and why, whose visit moves, how many
visits more. Everything goes the way a real recompute goes; nothing is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sync.core.answers import contents_of
from sync.core.asked import as_asked
from sync.core.forecast import Ahead, Outlook, ahead_of
from sync.core.protocol import FormRules, Rules
from sync.core.record import Record, record_of
from sync.core.scores import CompiledRules, compile_rules, findings_of
from sync.core.submission import root_of
from sync.folding import known_about
from sync.rebuild import batched
from sync.store import caseload, decisions, forms, returnees, submission_lists
from sync.store.connect import Db
from sync.store.submissions import content_of
from sync.touched import (
    Answered,
    Found,
    Looking,
    changes_between,
    levels_with_other_visits,
    may_touch,
    with_found,
)

AT_ONCE = 100
Line = Mapping[str, Any]
"""Of somebody's file what `caseload.to_be_tried` gives."""


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
    files = caseload.to_be_tried(db, some)
    settled = evaluating.settled(files)
    # Whose file is settled need be looked at only if her records may say something else.
    known = known_about(db, files.keys() - (settled if not evaluating.changes else set()))
    same = evaluating.untouched({name: files[name] for name in settled}, known.told)
    rest = {name: found for name, found in known.told.items() if name not in same}
    anew = evaluating.anew({one.instance_id: one for found in rest.values() for one in found})
    told = {name: [anew.get(one.instance_id, one) for one in found] for name, found in rest.items()}
    ahead = replace(known, told=told)
    for entity_id in (one for one in some if one in files):
        file = files[entity_id]
        now = then = Outlook.in_line(file)
        if entity_id not in same:
            if file["rules_version"] != trying.before.version:  # a recompute is under way
                before = known.judged(entity_id, trying.before, trying.today)
                now = Outlook.of(before) if before else now
            after = ahead.judged(entity_id, trying.after, trying.today)
            if after is None:
                continue
            then = Outlook.of(after)
        yield ahead_of(
            entity_id, file["worker_id"], now, then, protocol=trying.after.protocol, today=trying.today
        )


class _Evaluating:
    """Works out, for each record, only what other rules would find in it."""

    def __init__(self, db: Db, trying: Trying) -> None:
        self.db, self.trying = db, trying
        before, after = trying.before, trying.after
        self.levels = levels_with_other_visits(before.protocol, after.protocol)
        self.everything = after.protocol.questions != before.protocol.questions
        self.changes = changes_between(before, after)
        self.elsewhere = {
            form_id: {
                code for name, rules in after.forms.items() if name != form_id for code in rules.by_code
            }
            for form_id in self.changes
        }
        self.compiled = lru_cache(maxsize=256)(self._compiled)
        self.looking = lru_cache(maxsize=256)(self._looking)
        self.found: dict[str, tuple[Found, Found]] = {}
        """Instance ID -> what the rules before and after make of it, of those who are gone through now."""

    # --- whom it touches

    def settled(self, files: Mapping[str, Line]) -> set[str]:
        """Those whose file is what the rules in force make of her records today, and nothing else; who was
        never at a level with other visits. Only another record could make it another file."""
        if self.levels is None:
            return set()
        decided, today = decisions.about_whom(self.db, files), self.trying.today.isoformat()
        return {
            name
            for name, file in files.items()
            if file["rules_version"] == self.trying.before.version
            and not (file["changes_on"] and file["changes_on"] <= today)
            and name not in decided
            and self.levels.isdisjoint(file["levels"])
        }

    def untouched(self, files: Mapping[str, Line], told: Mapping[str, list[Record]]) -> set[str]:
        """Of these settled files those that would say the same: nothing need be judged again."""
        self.found.clear()
        self._look([one for name in files for one in told.get(name, ()) if one.form_id in self.changes])
        return {name for name, file in files.items() if not self._may_touch(file, told.get(name, ()))}

    def _may_touch(self, file: Line, told: Iterable[Record]) -> bool:
        assessed = {file["instances"][at] for at in file["assessed"]}
        return any(
            may_touch(
                self.changes[one.form_id],
                self.found[one.instance_id],
                self.trying.after,
                elsewhere=self.elsewhere[one.form_id],
                assessed=one.instance_id in assessed,
            )
            for one in told
            if one.instance_id in self.found
        )

    def _look(self, told: Iterable[Record]) -> None:
        """See what is found in these records: where nobody answered so before, in what was sent."""
        new: dict[tuple[Looking, Answered], list[str]] = {}
        for one in told:
            looking = self.looking(one.form_id, one.form_version)
            answered = looking.answered(one)
            if answered in looking.known:
                self.found[one.instance_id] = looking.known[answered]
            elif one.instance_id not in self.found:
                new.setdefault((looking, answered), []).append(one.instance_id)
        first = {names[0]: of_whom for of_whom, names in new.items()}
        for sent in submission_lists.answered(self.db, first):
            looking, answered = first[sent["_id"]]
            made = looking.at(answered, sent, content_of(sent))
            self.found |= dict.fromkeys(new[looking, answered], made)

    def _looking(self, form_id: str, version: str) -> Looking:
        before = forms.form_definition(self.db, form_id, version)
        after = forms.form_definition(self.db, form_id, version, self.trying.renames.get(form_id))
        return Looking(self.changes[form_id], self.trying.after, before, after)

    # --- what becomes of their records

    def anew(self, told: Mapping[str, Record]) -> dict[str, Record]:
        """The records that are others under the new rules, by instance ID."""
        others = {name: one for name, one in told.items() if self._is_other(one)}
        corrections = decisions.corrections(self.db, others)
        in_part = [
            one for name, one in others.items() if name not in corrections and not self._is_other_in_all(one)
        ]
        self._look(in_part)
        made = {
            one.instance_id: self._merged(one, self.found[one.instance_id][1])
            for one in in_part
            if one.instance_id in self.found
        }
        return made | {
            one["_id"]: self._record(one, others[one["_id"]], corrections.get(one["_id"], {}))
            for one in submission_lists.answered(self.db, others.keys() - made.keys())
        }

    def _is_other(self, record: Record) -> bool:
        return self._is_other_in_all(record) or record.form_id in self.changes

    def _is_other_in_all(self, record: Record) -> bool:
        """Whether more of it is another than what the changed rules find in it."""
        rests_on_before = record.rules_stamp == self.trying.before.stamps.get(record.form_id, "")
        return self.everything or not rests_on_before

    def _merged(self, before: Record, found: Found) -> Record:
        rules, form_id = self.trying.after, before.form_id
        return with_found(before, found, self.changes[form_id], rules.forms[form_id], rules.stamps[form_id])

    def _record(
        self, submission: Mapping[str, Any], before: Record, corrections: Mapping[str, str]
    ) -> Record:
        form_id, version = before.form_id, before.form_version
        full = self._is_other_in_all(before)
        compiled = self.compiled(form_id, version, full)
        root = root_of(content_of(submission))
        if corrections:
            root = as_asked(root, corrections, compiled.form, at=submission["received_at"])
        contents = contents_of(root, compiled.form, submission["received_at"])
        findings = findings_of(compiled, root, contents)
        made = record_of(submission, contents, findings, compiled, self.trying.after)
        if not full:
            return self._merged(before, Found.of(made))
        # Whose it is somebody may have said since: that stays.
        whose = zip(made.entities, before.entities, strict=True)
        return replace(made, entities=tuple(replace(one, entity_id=was.entity_id) for one, was in whose))

    def _compiled(self, form_id: str, version: str, full: bool) -> CompiledRules:
        form = forms.form_definition(self.db, form_id, version, self.trying.renames.get(form_id))
        known = self.trying.after.forms.get(form_id, FormRules(form_id=form_id, version=version))
        return compile_rules(known if full else self.changes[form_id].after, form)


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
