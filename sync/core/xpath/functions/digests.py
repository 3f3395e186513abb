"""Digests and Base64."""

import base64
import binascii
import hashlib
from collections.abc import Sequence

from sync.core.xpath.errors import XPathError
from sync.core.xpath.frames import Frame, Piece, Run, text_run
from sync.core.xpath.functions.registry import Function, of_text

_ALGORITHMS = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512"}


def _digest(arguments: Sequence[Piece]) -> Run:
    runs = [text_run(argument) for argument in arguments]

    def digest(frame: Frame) -> str:
        text, algorithm, *encoding = [run(frame) for run in runs]
        name = algorithm.upper().replace("-", "")
        form = encoding[0].upper() if encoding else "BASE64"
        if name not in _ALGORITHMS or form not in ("BASE64", "HEX"):
            raise XPathError("digest() knows MD5, SHA-1, SHA-256, SHA-384, SHA-512, and base64 or hex.")
        # Not for security: the form asks for this very algorithm.
        found = hashlib.new(name.lower(), text.encode("utf-8", "replace"), usedforsecurity=False)
        return found.hexdigest() if form == "HEX" else base64.b64encode(found.digest()).decode()

    return digest


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    except binascii.Error:
        return ""


FUNCTIONS = {
    "digest": Function(2, 3, "string", _digest),
    "base64-decode": Function(1, 1, "string", of_text(_decoded)),
}
