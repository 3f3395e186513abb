"""What browsers load besides pages: pictures, and the styles and scripts that `deploy/assets` built.

A built file is found by the name it got: a new content, a new name. Nothing personal is ever among them, so
nobody is asked who they are.
"""

import json
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, send_from_directory, url_for

blueprint = Blueprint("static_files", "server.people")

STATIC = Path(__file__).parent / "static"
FOLDER = STATIC / "built"
STATIC_SECONDS = 3600
BUILT_SECONDS = 365 * 86_400
WAYS = {"br": ".br", "gzip": ".gz"}
"""Encodings beside a file, the smallest first, and how their names end."""


@blueprint.get("/static/<path:name>")
def show(name: str) -> Response:
    """A style sheet, a script, a font or a picture."""
    if not name.startswith("built/"):
        answer = send_from_directory(STATIC, name)
        answer.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
        return answer
    file, encoding = _encoded(name.removeprefix("built/"), request.accept_encodings)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    answer = send_from_directory(FOLDER, file, mimetype=kind)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={BUILT_SECONDS}, immutable"
    return answer


def scripts(*entries: str) -> list[str]:
    """Addresses of the scripts of these entries, such as `pages`; nothing where nothing is built."""
    return [_address(_manifest()[f"{name}.js"]["file"]) for name in entries if f"{name}.js" in _manifest()]


def styles(*entries: str) -> list[str]:
    """Addresses of the style sheets of these entries."""
    return [_address(sheet) for name in entries for sheet in _manifest().get(f"{name}.js", {}).get("css", ())]


def is_there() -> bool:
    """Whether anything is built: without it pages work, but look like nothing."""
    return bool(_manifest())


def _encoded(name: str, accepted: Any) -> tuple[str, str]:
    """The file to send for this built one to a browser that accepts these encodings, and its encoding."""
    for encoding, ending in WAYS.items():
        if accepted.quality(encoding) and (FOLDER / (name + ending)).is_file():
            return name + ending, encoding
    return name, ""


def _address(name: str) -> str:
    return url_for("static_files.show", name=f"built/{name}")


@cache
def _manifest() -> dict[str, Any]:
    """What the build says it made; read once, since a new build comes with a new start."""
    try:
        found: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
