"""Pages go over the air squeezed: a person's page is six times shorter then, and villages have slow networks.

A page holds secrets (the token of its forms) beside what an address may put onto it, and the length of a
squeezed page tells how much the two have in common (BREACH). Nobody else's page can ask for ours as the
reader (cookies are SameSite, `auth.refuse_other_sites` refuses the rest); and what is sent has a random
length besides ("heal the breach", the way Django takes).
"""

import gzip
import io
import secrets
import string

from flask import Response, request

SHORTEST_BYTES = 1_400
"""What fits into one packet is not worth it."""
LEVEL = 5
MOST_PADDING = 100


def squeeze(response: Response) -> Response:
    """The same page, squeezed, for a browser that can read that."""
    if (
        response.mimetype != "text/html"
        or response.is_streamed
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if len(page) < SHORTEST_BYTES or not request.accept_encodings.quality("gzip"):
        return response
    response.set_data(_squeezed(page))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _squeezed(page: bytes) -> bytes:
    # A file name in the head of the format is read by nobody; its length is by chance.
    name = "".join(secrets.choice(string.ascii_letters) for _ in range(1 + secrets.randbelow(MOST_PADDING)))
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", LEVEL, out, mtime=0) as file:
        file.write(page)
    return out.getvalue()
