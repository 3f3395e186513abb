"""Pictures on their way out: without what a camera wrote into them besides what can be seen.

A photo may say where and when it was taken, and with whose camera. What a phone sent stays as it came,
sealed; what is shown or taken down is the same picture painted anew.
"""

import struct
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from sync.core.problem import Problem

KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
MOST_PIXELS = 60_000_000
"""More than any phone's camera; a small file can claim to be endless."""
GOOD = 90
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError, Warning)
"""What the library raises over a picture that is none."""


def as_seen(content: bytes, kind: str) -> bytes:
    """This picture of one of `KINDS` the right way up and with nothing but what can be seen in it.

    Raises Problem attachment.picture_unreadable.
    """
    try:
        with Image.open(BytesIO(content), formats=[KINDS[kind]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Problem("attachment.picture_unreadable")
            return _painted(ImageOps.exif_transpose(picture), KINDS[kind])
    except DAMAGED as error:
        raise Problem("attachment.picture_unreadable") from error


def _painted(picture: Image.Image, kind: str) -> bytes:
    if kind == "GIF" or picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        picture = picture.convert("RGB" if kind == "JPEG" else "RGBA")
    seen = picture.copy()  # a photo of a camera is more than a picture: this is only that
    colours = {"transparency": picture.info["transparency"]} if "transparency" in picture.info else {}
    seen.info = {}
    written = BytesIO()
    more: dict[str, Any] = {"quality": GOOD} if kind in ("JPEG", "WEBP") else colours
    seen.save(written, kind, **more)
    return written.getvalue()
