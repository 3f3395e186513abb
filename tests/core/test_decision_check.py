"""What can be decided about a person, as her file stands."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.core.decision import Decision
from sync.core.decision_check import FURTHEST_DAYS, check
from sync.core.directory import Service
from sync.core.problem import Problem
from tests.core.builders import ENTITY, a_protocol, two

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 3, 0, tzinfo=UTC)


SERVICES = (
    Service(name="clinic", label=two("Clinic"), consent="share_health"),
    Service(name="lawyer", label=two("Lawyer"), consent="share_legal"),
)


def a_decision(kind, **more) -> Decision:
    given = {"reason": "Said so.", "by": "dara", "level": "low" if kind == "override" else ""}
    return Decision(decision_id="d", entity_id=ENTITY, kind=kind, at=NOW, on=TODAY, **(given | more))


def a_visit(**more):
    return {"id": "v1", "done_on": None, "ended": "", **more}


def a_file(**more):
    risk = {"unsigned": {"id": "u1", "by": "dara"}, "override": {"id": "o1", "by": "dara"}}
    alert = {"id": "a1", "acknowledged_at": None}
    return {
        "status": "follow_up",
        "risk": risk,
        "follow_ups": [a_visit()],
        "alerts": [alert],
        "worker_id": "worker-1",
        "instances": ["uuid:one"],
        "corrections": [{"id": "c1", "by": "dara", "counts": False}],
        "referrals": [{"id": "r1", "state": "sent"}, {"id": "r2", "state": "declined"}],
        "consent": [
            {"purpose": "share_health", "given": True},
            {"purpose": "share_legal", "given": False},
        ],
        "reflection_ends_on": "2026-03-31",
        **more,
    }


CLOSED = a_file(status="closed")


def refusal(decision, file) -> str:
    try:
        check(decision, file, a_protocol(services=SERVICES))
    except Problem as problem:
        return problem.code
    return ""


@pytest.mark.parametrize(
    "decision",
    [
        a_decision("override", until=TODAY),
        a_decision("sign", about="u1", by="sok"),
        a_decision("take_back", about="u1"),
        a_decision("take_back", about="o1", by="sok"),
        a_decision("excuse", about="v1"),
        a_decision("move", about="v1", until=TODAY + timedelta(days=FURTHEST_DAYS), reason=""),
        a_decision("acknowledge", about="a1", reason=""),
        a_decision("review", reason=""),
        a_decision("close"),
        a_decision("close", about="aftercare"),
        a_decision("sign", about="c1", by="sok"),
        a_decision("take_back", about="c1"),
        a_decision("assign", about="worker-2", reason=""),
        a_decision("correct", about="uuid:one", details={"path": "/data/main/phq1", "value": "2"}),
        a_decision("call", until=TODAY - timedelta(days=30), reason=""),
        a_decision("trace", about="started", reason=""),
        a_decision("refer", about="clinic", reason=""),
        a_decision("answer_referral", about="r1", details={"answer": "accepted"}, reason=""),
        a_decision(
            "identify", about="identified", details={"authority": "Police", "asked_in_writing": "yes"}
        ),
        a_decision("note"),
    ],
    ids=lambda decision: f"{decision.kind} {decision.about}",
)
def test_what_fits_the_file_can_be_decided(decision):
    assert refusal(decision, a_file()) == ""


@pytest.mark.parametrize("kind", ["override", "excuse", "close", "reopen", "correct", "note"])
def test_what_weighs_much_needs_a_reason(kind):
    assert refusal(a_decision(kind, reason=" \n"), a_file()) == "decision.reason_missing"


@pytest.mark.parametrize(
    ("decision", "file", "code"),
    [
        pytest.param(
            a_decision("override", level="worst"), a_file(), "decision.level_unknown", id="no such level"
        ),
        pytest.param(a_decision("move", about="v1"), a_file(), "decision.day_missing", id="moved to no day"),
        pytest.param(
            a_decision("move", about="v1", until=TODAY - timedelta(days=1)),
            a_file(),
            "decision.day_not_ahead",
            id="moved to yesterday",
        ),
        pytest.param(
            a_decision("override", until=date.max),
            a_file(),
            "decision.day_not_ahead",
            id="for ever and a day",
        ),
        pytest.param(
            a_decision("review", reason="x" * 2001), a_file(), "decision.reason_too_long", id="a whole story"
        ),
        pytest.param(
            a_decision("sign", about="u1"), a_file(), "decision.own_signature", id="signed by its author"
        ),
        pytest.param(
            a_decision("sign", about="c1"), a_file(), "decision.own_signature", id="a correction likewise"
        ),
        pytest.param(a_decision("call"), a_file(), "decision.day_missing", id="a call on no day"),
        pytest.param(
            a_decision("call", until=TODAY + timedelta(days=1)),
            a_file(),
            "decision.day_not_past",
            id="a call that is still to come",
        ),
        pytest.param(
            a_decision("call", until=TODAY - timedelta(days=31)),
            a_file(),
            "decision.day_not_past",
            id="a call of long ago",
        ),
        pytest.param(
            a_decision("refer", about="lawyer"),
            a_file(),
            "decision.consent_missing",
            id="passed on after she took her consent back",
        ),
        pytest.param(
            a_decision("refer", about="clinic"),
            a_file(consent=[]),
            "decision.consent_missing",
            id="passed on unasked",
        ),
        pytest.param(
            a_decision("refer", about="nobody"),
            a_file(),
            "decision.service_unknown",
            id="passed on to nobody we know",
        ),
        pytest.param(
            a_decision("identify", about="identified", details={"authority": "Police"}),
            a_file(),
            "decision.in_reflection",
            id="a formal decision while she has time to rest and to think",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(decision, file, code):
    assert refusal(decision, file) == code


@pytest.mark.parametrize(
    ("decision", "file"),
    [
        pytest.param(a_decision("sign", about="o1", by="sok"), a_file(), id="what counts already"),
        pytest.param(a_decision("take_back", about="x"), a_file(), id="what is not in force"),
        pytest.param(
            a_decision("excuse", about="v1"),
            a_file(follow_ups=[a_visit(done_on="2026-03-19")]),
            id="a visit that was done",
        ),
        pytest.param(
            a_decision("move", about="v1", until=TODAY),
            a_file(follow_ups=[a_visit(ended="excused")]),
            id="a visit that was excused",
        ),
        pytest.param(
            a_decision("acknowledge", about="a1"),
            a_file(alerts=[{"id": "a1", "acknowledged_at": NOW}]),
            id="an alert that somebody answered",
        ),
        pytest.param(a_decision("override"), CLOSED, id="a level for a closed case"),
        pytest.param(a_decision("close"), CLOSED, id="closing what is closed"),
        pytest.param(a_decision("close", about="x"), a_file(), id="closing something else"),
        pytest.param(a_decision("reopen"), a_file(), id="reopening what is open"),
        pytest.param(a_decision("assign", about="worker-1"), a_file(), id="assigned to whoever has her"),
        pytest.param(a_decision("assign", about=""), a_file(), id="assigned to nobody"),
        pytest.param(
            a_decision("correct", about="uuid:else", details={"path": "/data/x"}),
            a_file(),
            id="an answer in somebody else's record",
        ),
        pytest.param(a_decision("trace", about="maybe"), a_file(), id="tracing in words we do not have"),
        pytest.param(
            a_decision("answer_referral", about="r2", details={"answer": "done"}),
            a_file(),
            id="a referral that was declined",
        ),
        pytest.param(
            a_decision("answer_referral", about="r1", details={"answer": "perhaps"}),
            a_file(),
            id="an answer that is none",
        ),
        pytest.param(
            a_decision("identify", about="maybe", details={"authority": "Police"}),
            a_file(reflection_ends_on="2026-03-01"),
            id="a formal decision that decides nothing",
        ),
    ],
)
def test_what_the_file_does_not_ask_for_cannot_be_decided(decision, file):
    assert refusal(decision, file) == "decision.nothing_to_decide"
