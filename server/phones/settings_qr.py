"""The code a phone scans once: everything ODK Collect must be set to."""

import base64
import json
import zlib

from sync.core.phone_settings import PhoneSettings, collect_settings

AS_IT_COMES = PhoneSettings()


def settings_for(
    server_url: str, project_name: str = "", settings: PhoneSettings = AS_IT_COMES, worker_id: str = ""
) -> str:
    """The text of the QR code for this server URL (`…/key/<token>`), under the programme's settings.

    `project_name` in place of the programme's own. Only what differs from Collect's defaults is in it, to
    keep the code small enough for a scratched screen.

    Base64 of zlib of JSON. Source: ODK Collect, settings import; collect_contract.md section 9.
    """
    told = collect_settings(settings, server_url, worker_id)
    if project_name:
        told["project"]["name"] = project_name
    packed = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(packed, 9)).decode()
