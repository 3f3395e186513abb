"""A person's level in words: what would lower it, how it was judged, what people decided about it."""

from collections.abc import Iterable, Mapping
from typing import Any

from server import accounts
from server.people.words import later
from sync.core.decision import Decision
from sync.core.protocol import Rules
from sync.core.rows import Text
from sync.core.scores import SCORE_PREFIX, questions_in
from sync.store.connect import Db

REVIEW = "review"
WHAT_SHE_IS = frozenset(("sex", "sex_i", "age_now", "age_sure", "age_then", "is_child", "child_now"))
"""Questions that a rule may weigh an answer by; nobody is told to answer them otherwise."""

CAUSES = {
    "record": later("after a record"),
    "decision": later("after a decision"),
    "time": later("as time passed"),
}
DECISIONS = {
    "override": later("set another level"),
    "sign": later("signed a lower level"),
    "take_back": later("took a decision on the level back"),
    "excuse": later("excused a visit"),
    "move": later("moved a visit to an agreed day"),
    "acknowledge": later("took on an alert"),
    "review": later("looked at this case"),
    "close": later("closed the case"),
    "reopen": later("opened the case again"),
    "assign": later("handed the case over"),
    "correct": later("put an answer right"),
    "call": later("entered a visit by phone"),
    "trace": later("said how far looking for family is"),
    "refer": later("passed the case on"),
    "answer_referral": later("entered what became of a referral"),
    "identify": later("entered the State’s decision"),
    "note": later("wrote a note"),
    "settle": later("settled what a record asked"),
    "merge": later("merged this file with another"),
    "unmerge": later("took a merge back"),
    "apart": later("said that it is somebody else"),
    "consent": later("entered what the person agrees to"),
    "again": later("said that it happened again"),
}
# What a score says that is no number, by the codes our workbooks use (domain.md section 2).
SCORE_WORDS = {
    "presumed_victim": later("Presumed victim"),
    "indications": later("Some elements were found"),
    "insufficient": later("Too much is not known yet"),
    "no_indication": later("No element in these answers"),
    "yes": later("Yes"),
    "no": later("No"),
    "unknown": later("Not known"),
    "victim of trafficking for forced labour": later("Victim of trafficking for forced labour"),
    "victim of deception and exploitation": later("Victim of deception and exploitation"),
    "exploited, labour-rights case": later("Exploited: a case for labour rights"),
    "no_exploitation_pattern": later("No pattern of exploitation in these answers"),
    "not_in_published_table": later("A pattern the published table does not have"),
}


def what_would_lower(file: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each reason that holds the rules' level up: what must be answered otherwise for it to end.

    `questions` and `scores` are texts in several languages, from the file itself. Where no single reason
    has that level (several lower ones make it), all of them.
    """
    standing = [item for item in file["risk"]["indicators"] if item["level"] != REVIEW]
    holding = [item for item in standing if item["level"] == file["risk"]["by_rules"]]
    return [_what_ends(item, file["scores"]) for item in holding or standing]


def _what_ends(item: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, Any]:
    named = questions_in(item["condition"])
    direct = [
        answer for answer in item["answers"] if answer["name"] in named and answer["name"] not in WHAT_SHE_IS
    ]
    results = [
        scores[name.removeprefix(SCORE_PREFIX)]["label"]
        for name in named
        if name.startswith(SCORE_PREFIX) and name.removeprefix(SCORE_PREFIX) in scores
    ]
    # A rule on a trend names no question: what it compared stands among its answers.
    asked = direct if direct or results else item["answers"]
    return {
        "label": item["label"],
        "until": item["until"],
        "questions": [answer["label"] or answer["name"] for answer in asked],
        "scores": results,
    }


def labels_of(file: Mapping[str, Any], rules: Rules | None) -> dict[str, Text]:
    """Code of an indicator -> its label: from the file, else from the rules in force."""
    found: dict[str, Text] = {}
    if rules:
        found |= {trend.code: trend.label for trend in rules.protocol.trends}
        found |= {item.code: item.label for form in rules.forms.values() for item in form.indicators}
    return found | {item["name"]: item["label"] for item in file["risk"]["indicators"]}


def by_name(db: Db) -> dict[str, str]:
    """User name -> the name of whoever has that account."""
    return {account.user: account.name for account in accounts.all_of(db)}


def newest_first(decided: Iterable[Decision]) -> list[Decision]:
    """What people decided, the newest first."""
    return sorted(decided, key=lambda one: one.order, reverse=True)
