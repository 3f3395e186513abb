"""The body of a submission, byte for byte as OkHttp writes it for ODK Collect.

Source: OkHttp 5 `MultipartBody`; collect_contract section 6.3. Parts carry no Content-Length.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "m4a": "audio/mp4",
    "amr": "audio/amr",
    "mp4": "video/mp4",
    "csv": "text/csv",
    "xml": "text/xml",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class Part:
    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def content_type_of(filename: str) -> str:
    return CONTENT_TYPES.get(filename.rpartition(".")[2].lower(), "application/octet-stream")


def body_of(parts: Sequence[Part]) -> tuple[str, bytes]:
    """(Content-Type header, body)."""
    boundary = str(uuid.uuid4())
    pieces: list[bytes] = []
    for part in parts:
        disposition = f"form-data; name={_quoted(part.name)}"
        if part.filename is not None:
            disposition += f"; filename={_quoted(part.filename)}"
        pieces.append(f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode())
        if part.content_type:
            pieces.append(f"Content-Type: {part.content_type}\r\n".encode())
        pieces += [b"\r\n", part.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22") + '"'
