"""The part of a person's file that an organisation sees to which she was referred, while it helps her.

Nothing else of her: no answer, no level, no reason, no visit, no other referral (guideline 44).
"""

from collections.abc import Mapping
from typing import Any

from sync.core.consent import may_leave
from sync.core.directory import Service

SHOWN_OF_THE_PERSON = ("call_name", "is_child", "province", "district")


def part_for(file: Mapping[str, Any], services: Mapping[str, Service]) -> dict[str, Any] | None:
    """What the organisation that offers these services sees of this person; None where nothing.

    Only what it accepted and has not finished, and only as long as she agrees to what the service needs.
    """
    hers = [
        {
            "service": services[one["service"]].label,
            "accepted_on": next(
                step["on"] for step in reversed(one["history"]) if step["state"] == "accepted"
            ),
        }
        for one in file["referrals"]
        if one["state"] == "accepted"
        and one["service"] in services
        and may_leave(file, services[one["service"]].consent)
    ]
    if not hers:
        return None
    return {
        "_id": file["_id"],
        "case_code": file["case_code"],
        "person": {name: file["person"][name] for name in SHOWN_OF_THE_PERSON if name in file["person"]},
        "referrals": hers,
        "since": min(one["accepted_on"] for one in hers),
    }
