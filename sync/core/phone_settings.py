"""What a programme sets ODK Collect to, on every phone it connects: the settings in the code a phone scans.

Only what makes a difference to the people on the list, to records that must arrive, and to whoever holds the
phone. Source of keys and values: collect_contract.md section 9.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

UPDATES = ("match_exactly", "previously_downloaded", "manual")
UPDATE_EVERY = ("every_fifteen_minutes", "every_one_hour", "every_six_hours", "every_24_hours")
AUTOSEND = ("wifi_and_cellular", "wifi_only", "cellular_only", "off")
APP_LANGUAGES = ("", "km", "en")
LOCKS = (
    "change_server", "form_update_mode", "periodic_form_updates_check", "automatic_update", "get_blank",
    "change_autosend", "delete_after_send", "change_project_display", "change_form_metadata", "view_sent",
    "edit_saved", "delete_saved", "save_as_draft", "access_settings", "change_app_language", "maps",
)  # fmt: skip
"""What Collect can hide from whoever does not know the administrator's password. The rest stays open."""
LONGEST_TEXT = 40
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """One programme's settings. What is not named here stays as Collect comes.

    The defaults are our proposal: forms exactly as they are listed, records sent at once over any network
    and deleted from the phone as soon as they have arrived.
    """

    project_name: str = "Pteah"
    """What the phone calls the project: whoever looks over a shoulder reads this."""
    icon: str = "🏠"
    colour: str = ""
    """`#rrggbb`; empty: Collect makes one of the name."""
    updates: str = "match_exactly"
    update_every: str = "every_fifteen_minutes"
    autosend: str = "wifi_and_cellular"
    delete_sent: bool = True
    app_language: str = ""
    """Of Collect's own texts; empty: the phone's."""
    admin_password: str = ""
    """Without one, whatever is locked can be opened by anybody."""
    locked: tuple[str, ...] = ()


CHOICES = {
    "updates": UPDATES,
    "update_every": UPDATE_EVERY,
    "autosend": AUTOSEND,
    "app_language": APP_LANGUAGES,
}


def faults_in(settings: PhoneSettings) -> list[str]:
    """Names of the settings Collect could not use, or that could not stand on a phone."""
    wrong = [name for name, known in CHOICES.items() if getattr(settings, name) not in known]
    name = settings.project_name.strip()
    if not name or len(name) > LONGEST_TEXT or not name.isprintable():
        wrong.append("project_name")
    if not settings.icon.strip() or len(settings.icon) > 8 or not settings.icon.isprintable():
        wrong.append("icon")
    if settings.colour and not _COLOUR.fullmatch(settings.colour):
        wrong.append("colour")
    if len(settings.admin_password) > LONGEST_TEXT or not settings.admin_password.isprintable():
        wrong.append("admin_password")
    if not set(settings.locked) <= set(LOCKS) or (settings.locked and not settings.admin_password):
        wrong.append("locked")
    return wrong


def collect_settings(settings: PhoneSettings, server_url: str, worker_id: str = "") -> dict[str, Any]:
    """The settings as ODK Collect imports them, in the types it insists on, without what it has by itself."""
    general: dict[str, Any] = {"server_url": server_url}
    wanted = {
        "form_update_mode": (settings.updates, "manual"),
        "periodic_form_updates_check": (settings.update_every, "every_fifteen_minutes"),
        "autosend": (settings.autosend, "off"),
        "delete_send": (settings.delete_sent, False),
        "app_language": (settings.app_language, ""),
        "metadata_username": (worker_id, ""),
        # Found out by itself when a form is listed anew; needed where forms are not kept exactly.
        "automatic_update": (settings.updates == "previously_downloaded", False),
    }
    general |= {name: value for name, (value, own) in wanted.items() if value != own}
    admin: dict[str, Any] = {name: False for name in LOCKS if name in settings.locked}
    if settings.admin_password:
        admin = {"admin_pw": settings.admin_password, **admin}
    project = {"name": settings.project_name, "icon": settings.icon}
    if settings.colour:
        project["color"] = settings.colour
    return {"general": general, "admin": admin, "project": project}


def document_from(settings: PhoneSettings) -> dict[str, Any]:
    """The settings as MongoDB keeps them."""
    return {one.name: getattr(settings, one.name) for one in fields(settings)} | {
        "locked": list(settings.locked)
    }


def settings_from(found: Mapping[str, Any]) -> PhoneSettings:
    """Stored settings; what is not there, or not of its type, is as it comes."""
    kinds = get_type_hints(PhoneSettings)
    known: dict[str, Any] = {}
    for name, kind in kinds.items():
        value = tuple(found[name]) if name == "locked" and name in found else found.get(name)
        if isinstance(value, tuple if get_args(kind) else kind):
            known[name] = value
    return PhoneSettings(**known)
