"""Who helps with what, where, and whom: the coordinators' directory of services (guidelines 25 and 26)."""

from dataclasses import dataclass, field

from sync.core.rows import Row, Text

HELPS_WITH = (
    "health", "talk", "shelter", "food", "legal", "documents", "school", "training", "job", "business",
    "debt", "family", "other",
)  # fmt: skip
"""The words of the forms' list `servicetype`."""
SERVES = ("women", "men", "girls", "boys")
PURPOSES = ("share_health", "share_legal", "share_state", "share_partner")
"""What a person must have agreed to before she is passed on; the words of the forms' list `consent`."""


@dataclass(frozen=True, kw_only=True)
class Service(Row):
    """One row of `services`."""

    name: str
    """What referrals name it by; never given to another service."""
    label: Text
    helps_with: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    consent: str = ""
    """The purpose she must have agreed to."""
    organisation: str = ""
    """Whose accounts here see whom they accepted, as accounts call it; "": nobody's."""
    districts: tuple[str, ...] = ()
    """Codes of provinces and districts; none: everywhere."""
    phone: str = ""
    about: Text = field(default_factory=dict)
    last_verified_on: str = ""
    """`YYYY-MM-DD`; "" means that nobody has asked there yet."""


def fits(service: Service, *, sex: str, is_child: bool, places: tuple[str, ...]) -> bool:
    """Whether this service is for a person of this sex and age who lives in these places.

    What the directory does not say is not held against anybody.
    """
    wanted = {
        ("female", True): "girls",
        ("male", True): "boys",
        ("female", False): "women",
        ("male", False): "men",
    }
    kind = wanted.get((sex, is_child))
    is_here = not service.districts or not places or not set(service.districts).isdisjoint(places)
    return is_here and (kind is None or not service.serves or kind in service.serves)
