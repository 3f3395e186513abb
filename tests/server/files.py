"""Files of invented people, in the shape that `sync.core.returnee` gives them, for tests of pages and API."""

import copy
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo

from sync.core.names import name_keys
from sync.store.connect import Db

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Ten in the morning in Cambodia."""
TODAY = date(2026, 11, 23)

ANSWER = {
    "name": "contact_recruiter",
    "label": {"en": "Has anyone who took you there been in touch?", "km": "តើអ្នកដែលនាំអ្នកទៅទីនោះបានទាក់ទងមកទេ?"},
    "value": "yes",
    "value_label": {"en": "Yes", "km": "បាទ/ចាស"},
}


def a_follow_up(number: int = 1, *, due_on: date, **changes: Any) -> dict[str, Any]:
    """A follow-up with a window of three days on either side."""
    return {
        "id": f"visit-{number}",
        "due_on": due_on.isoformat(),
        "opens_on": (due_on - timedelta(days=3)).isoformat(),
        "closes_on": (due_on + timedelta(days=3)).isoformat(),
        "form_id": "followup",
        "level": "high",
        "reason": {"en": f"Visit {number} of the plan", "km": f"ការចុះជួបទី {number}"},
        "retry_on": None,
        "done_on": None,
        "done_by": None,
        "attempts": [],
        "ended": "",
        "agreed": False,
        "why": "",
        "full": False,
        **changes,
    }


def an_alert(**changes: Any) -> dict[str, Any]:
    """An alert raised this morning, to be answered by tomorrow morning."""
    return {
        "id": "uuid:00000000-0000-4000-8000-000000000001:H2",
        "code": "H2",
        "label": {"en": "Contact or threat", "km": "ការទាក់ទង ឬការគំរាម"},
        "raised_at": NOW - timedelta(hours=3),
        "answer_by": NOW + timedelta(hours=21),
        "instance_id": "uuid:00000000-0000-4000-8000-000000000001",
        "acknowledged_at": None,
        "acknowledged_by": None,
        **changes,
    }


def an_indicator(**changes: Any) -> dict[str, Any]:
    """A reason for a high level, as answered on 3 November 2026."""
    return {
        "name": "H2",
        "label": {"en": "Contact or threat", "km": "ការទាក់ទង ឬការគំរាម"},
        "level": "high",
        "dimension": "security",
        "condition": "${contact_recruiter} = 'yes'",
        "source": "IOM 2010",
        "respond_within_hours": 24,
        "answers": [ANSWER],
        "form_id": "intake",
        "form_version": "2026110101",
        "instance_id": "uuid:00000000-0000-4000-8000-000000000001",
        "since": "2026-11-03",
        "until": None,
        **changes,
    }


def a_file(
    number: int = 1, *, due_on: date | None = TODAY, level: str = "high", **changes: Any
) -> dict[str, Any]:
    """The file of an invented person, who is due today at a high level unless told otherwise."""
    follow_ups = [a_follow_up(1, due_on=due_on)] if due_on else []
    document = {
        "_id": f"00000000-0000-4000-8000-{number:012d}",
        "case_code": f"KH-20-2026-{number:04d}X",
        "revision": 1,
        "rules_version": "rules-1",
        "demo": False,
        "worker_id": "worker-1",
        "status": "follow_up",
        "registered_on": "2026-11-01",
        "person": {
            "call_name": f"Sothea {number}",
            "sex": "female",
            "is_child": False,
            "province": "01",
            "village": "010501-02",
        },
        "places": ["01", "0105", "010501"],
        "search": sorted(name_keys(f"Sothea {number}")),
        "entity": {"label": f"Sothea {number}", "version": 1, "properties": {}, "deleted": False},
        "measured_on": {"phq": "2026-11-03", "ptsd": ""},
        "risk": {
            "level": level,
            "on": "2026-11-03",
            "rules_version": "rules-1",
            "reason": {"en": "One reason of level high is enough.", "km": "មូលហេតុកម្រិតខ្ពស់មួយគឺគ្រប់គ្រាន់។"},
            "by_rules": level,
            "held": False,
            "override": None,
            "unsigned": None,
            "review": False,
            "look": [],
            "call_first": False,
            "indicators": [an_indicator(level=level)],
        },
        "level_order": {"low": 1, "medium": 2, "high": 3}[level],
        "scores": {
            "phq9": {
                "value": 14.0,
                "band": "moderate",
                "band_label": {"en": "moderate", "km": "មធ្យម"},
                "label": {"en": "PHQ-9", "km": "PHQ-9"},
                "on": "2026-11-03",
                "instance_id": "uuid:00000000-0000-4000-8000-000000000001",
            }
        },
        "assessments": [
            {
                "on": "2026-11-03",
                "level": level,
                "by_rules": level,
                "held": False,
                "cause": "record",
                "instance_id": "x",
                "indicators": [],
            }
        ],
        "alerts": [],
        "referrals": [],
        "tracing": None,
        "identification": None,
        "reflection_ends_on": "2026-12-01",
        "corrections": [],
        "consent": [],
        "follow_ups": follow_ups,
        "next_due_on": due_on.isoformat() if due_on else None,
        "due_key": due_on.isoformat() if due_on else "9999-12-31",
        "last_seen_on": "2026-11-03",
        "instances": [],
        "questions": [],
        "clashes": [],
        "aliases": [],
    }
    return {**copy.deepcopy(document), **changes}


def a_submission(number: int = 1, *, state: str = "processed", **changes: Any) -> dict[str, Any]:
    """A stored submission; its XML is not a record, since neither pages nor API look into it."""
    return {
        "_id": f"uuid:00000000-0000-4000-8000-{number:012d}",
        "form_id": "intake",
        "form_version": "2026110101",
        "xml": b"<data/>",
        "received_at": NOW - timedelta(hours=number),
        "worker_id": "worker-1",
        "state": state,
        "failures": 0,
        "problem": None,
        "processed_at": NOW,
        "next_try_at": None,
        "touches": [],
        "draft": False,
        "demo": False,
        **changes,
    }


def change_file(db: Db, case_code: str = "", **changes: Any) -> None:
    """Write this person's file again with these changes, as a fold does: its line and marks with it."""
    file = db.returnees.find_one({"case_code": case_code} if case_code else {})
    assert file
    db.returnees.replace_one({"_id": file["_id"]}, {**file, **changes})


def a_picture(kind: str) -> bytes:
    """A photo, red on its left and blue on its right, that says where it was taken; it lies on its side."""
    picture = Image.new("RGB", (32, 48), "red")
    picture.paste("blue", (0, 0, 32, 24))  # turned to the right it is on the right
    exif = picture.getexif()
    exif[Base.Orientation], exif[Base.Model] = 6, "Camera of a worker"
    where = exif.get_ifd(IFD.GPSInfo)
    where[GPS.GPSLatitudeRef], where[GPS.GPSLatitude] = "N", (13.0, 6.0, 30.0)
    where[GPS.GPSLongitudeRef], where[GPS.GPSLongitude] = "E", (103.0, 11.0, 55.0)
    beside = PngInfo()
    beside.add_text("Comment", "written beside it")
    more: dict[str, dict[str, Any]] = {
        "JPEG": {"exif": exif, "comment": b"written beside it", "quality": 95},
        "PNG": {"exif": exif, "pnginfo": beside},
        "WEBP": {"exif": exif, "xmp": b"<x:xmpmeta>written beside it</x:xmpmeta>", "quality": 95},
        "GIF": {"comment": b"written beside it"},
    }
    if kind == "GIF":  # cannot say how it lies
        picture = picture.transpose(Image.Transpose.ROTATE_270)
    written = BytesIO()
    picture.save(written, kind, **more[kind])
    return written.getvalue()
