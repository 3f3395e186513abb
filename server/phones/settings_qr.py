"""The code a phone scans once: everything ODK Collect must be set to."""

import base64
import json
import zlib
from typing import Any

ICON = "🏠"


def settings_for(server_url: str, project_name: str) -> str:
    """The text of the QR code for this server URL (`…/key/<token>`).

    Forms are kept as they are listed here, records are sent as soon as there is any network, and a record
    that was received is deleted from the phone: others may pick it up. Only what differs from Collect's
    defaults is named, to keep the code small enough for a scratched screen.

    Base64 of zlib of JSON. Source: ODK Collect, settings import; collect_contract.md section 9.
    """
    settings: dict[str, Any] = {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": True,
        },
        "admin": {},
        "project": {"name": project_name, "icon": ICON},
    }
    packed = json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(packed, 9)).decode()
