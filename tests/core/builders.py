"""Records and rules with valid defaults; a test writes out only what it is about."""

from datetime import UTC, date, datetime, timedelta

from sync.core.entity_blocks import EntityAction
from sync.core.protocol import Combine, FormRules, Indicator, Level, Protocol, Rules, Trigger, Visit
from sync.core.record import Observed, Record, Scored

ENTITY = "3f0c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"


def two(text: str) -> dict[str, str]:
    return {"en": text, "km": f"{text} (km)"}


def an_indicator(code: str, level: str = "medium", **more) -> Indicator:
    return Indicator(
        **{
            "code": code,
            "label": two(code),
            "condition": "true()",
            "dimension": "safety",
            "level": level,
            **more,
        }
    )


def a_protocol(**changed) -> Protocol:
    """The shape of domain.md 10.4 and 10.5, with short rows that are easy to count."""
    given = {
        "version": "1",
        "levels": (
            Level(name="high", label=two("High"), order=3, first_contact_days=1, retry_days=2),
            Level(name="medium", label=two("Medium"), order=2, first_contact_days=7, retry_days=5),
            Level(name="low", label=two("Low"), order=1, first_contact_days=14, retry_days=10),
        ),
        "combine": (
            Combine(level="high", condition="${high} >= 1 or ${medium} >= 4", reason=two("a high reason")),
            Combine(
                level="medium", condition="${medium} >= 1 or ${child} = 1", reason=two("a medium reason")
            ),
            Combine(level="low", condition="", reason=two("nothing stands")),
        ),
        "schedule": (
            *(
                Visit(level=level, offset_days=days, form_id="followup")
                for level, row in (("high", (1, 3, 7, 30, 90)), ("medium", (7, 30, 90)), ("low", (14, 90)))
                for days in row
            ),
            Visit(level="medium", offset_days=60, form_id="followup", applies_to="child"),
        ),
        "triggers": (
            Trigger(when="screened", offset_days=3, form_id="intake", reason=two("First full talk")),
        ),
        "settings": {
            "window_percent": "20",
            "window_max_days": "14",
            "lowering_needs_assessments": "2",
            "screening_start_days": "3",
        },
    }
    return Protocol(**{**given, **changed})


def rules_with(*indicators: Indicator, protocol: Protocol | None = None) -> Rules:
    forms = {
        form_id: FormRules(form_id=form_id, version="1", indicators=indicators)
        for form_id in ("screening", "intake", "followup")
    }
    return Rules(version="r1", protocol=protocol or a_protocol(), forms=forms)


def a_record(
    on: str = "2026-03-02",
    *,
    form_id: str = "followup",
    met: dict[str, bool | None] | None = None,
    asks: dict[str, tuple[str, ...]] | None = None,
    create: bool = False,
    received_after_hours: int = 0,
    scores: tuple[Scored, ...] = (),
    properties: dict[str, str] | None = None,
    label: str = "",
    instance_id: str = "",
    entity_id: str = ENTITY,
    **facts,
) -> Record:
    at = datetime.combine(date.fromisoformat(on), datetime.min.time(), tzinfo=UTC) + timedelta(hours=3)
    return Record(
        instance_id=instance_id or f"uuid:{form_id}-{on}",
        form_id=form_id,
        form_version="1",
        rules_stamp="r1",
        received_at=at + timedelta(hours=received_after_hours),
        at=at,
        on=date.fromisoformat(on),
        worker_id="worker-1",
        demo=False,
        entities=(
            EntityAction(
                entity_list="people",
                entity_id=entity_id,
                create=create,
                update=not create,
                label=label,
                properties=properties or {},
                base_version="" if create else "1",
            ),
        ),
        facts=facts,
        scores=scores,
        indicators=tuple(
            Observed(code=code, met=value, questions=(asks or {}).get(code, (code,)))
            for code, value in (met or {}).items()
        ),
    )


def a_screening(on: str = "2026-03-01", **changed) -> Record:
    return a_record(on, form_id="screening", create=True, **{"con_visit": "yes", "label": "Sok", **changed})
