"""Who must be told of an alert, and when: a ladder up to the coordinator, climbed while nobody answers.

Pure. How soon the next step is told is a share of the time in which the alert must be answered; the shares,
the quiet hours and the hour of the daily digest are our proposal, in the protocol's settings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, get_args

from sync.core.protocol import Protocol
from sync.core.times import PHNOM_PENH

Step = Literal["worker", "manager", "coordinator"]
STEPS: tuple[Step, ...] = get_args(Step)
SHARES: Mapping[Step, float] = {"worker": 0, "manager": 0, "coordinator": 50}
"""[proposal] Percent of the time to answer after which each is told; settings `tell_STEP_after_percent`."""
QUIET_FROM, QUIET_UNTIL, DIGEST_AT = 21, 6, 7
"""[proposal] Hours in Cambodia; settings `quiet_from_hour`, `quiet_until_hour`, `digest_hour`."""
URGENT_HOURS = 24
"""What must be answered within this time is told at any hour."""


@dataclass(frozen=True, slots=True)
class Due:
    """One step of the ladder whose time has come."""

    alert_id: str
    step: Step
    since: datetime


def steps_due(file: Mapping[str, Any], protocol: Protocol, now: datetime) -> Iterator[Due]:
    """Every step whose time has come, for the alerts in this file that nobody took on yet."""
    for alert in file["alerts"]:
        if alert["acknowledged_at"] is not None:
            continue
        for step in STEPS:
            since = step_at(alert, step, protocol)
            if since <= now:
                yield Due(alert["id"], step, since)


def step_at(alert: Mapping[str, Any], step: Step, protocol: Protocol) -> datetime:
    """When this step is told of this alert, if nobody has taken it on by then."""
    raised_at: datetime = alert["raised_at"]
    whole: timedelta = alert["answer_by"] - raised_at
    return raised_at + whole * (protocol.number(f"tell_{step}_after_percent", SHARES[step]) / 100)


def send_at(wanted_at: datetime, protocol: Protocol, *, urgent: bool) -> datetime:
    """When a message may go out: at once if it is urgent, else when the quiet hours are over."""
    quiet_from = _hour(protocol, "quiet_from_hour", QUIET_FROM)
    quiet_until = _hour(protocol, "quiet_until_hour", QUIET_UNTIL)
    here = wanted_at.astimezone(PHNOM_PENH)
    night = (
        here.time() >= quiet_from or here.time() < quiet_until
        if quiet_from > quiet_until
        else quiet_from <= here.time() < quiet_until
    )
    if urgent or not night:
        return wanted_at
    morning = here.replace(hour=quiet_until.hour, minute=0, second=0, microsecond=0)
    return (morning if morning > here else morning + timedelta(days=1)).astimezone(wanted_at.tzinfo)


def digest_due(now: datetime, protocol: Protocol) -> str | None:
    """The Cambodian day whose digest is to be sent by now, `YYYY-MM-DD`; None before its hour."""
    here = now.astimezone(PHNOM_PENH)
    return here.date().isoformat() if here.time() >= _hour(protocol, "digest_hour", DIGEST_AT) else None


def _hour(protocol: Protocol, setting: str, default: int) -> time:
    return time(int(protocol.number(setting, default)) % 24)
