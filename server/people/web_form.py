"""A form in the browser, on a page of its own: the same form that phones fill in, by ODK Web Forms.

The page has its own content policy: the form engine is WebAssembly and puts its styles in as it goes.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request, url_for
from werkzeug.wsgi import wrap_file

from server.people.words import later
from server.phones.forms import content_type_of
from sync.core.problem import Problem
from sync.store import attachments
from sync.store.connect import Db

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {framing}"
)
# What the form engine cannot ask yet, by what an XForm has for it.
ONLY_ON_PHONES = {
    rb'mediatype="audio': later("sound recordings"),
    rb'mediatype="video': later("films"),
    rb'mediatype="application': later("files"),
    rb'type="barcode"': later("bar codes"),
    rb"background-audio": later("sound recordings"),
}


def form_page(
    *,
    title: str,
    xform: bytes,
    xform_url: str,
    media_url: str,
    send_url: str = "",
    framed: bool = False,
    shown_in: str = "",
) -> Response:
    """The page that shows this form; `framed`: made to stand inside another of our pages.

    `media_url` ends where a file's name begins. `shown_in` is the language to begin with, where it is not
    the reader's. Without `send_url` nothing can be sent: a preview. The
    element `[data-odk-form]` tells what is typed with events, which bubble: see assets/odk/island.js.
    """
    nonce = secrets.token_urlsafe(16)
    response = Response(
        render_template(
            "web_form.html",
            title=title,
            xform_url=xform_url,
            media_url=media_url,
            send_url=send_url,
            framed=framed,
            shown_in=shown_in,
            nonce=nonce,
            only_on_phones=sorted({words for mark, words in ONLY_ON_PHONES.items() if mark in xform}),
        )
    )
    framing = "'self'" if framed else "'none'"
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce, framing=framing)
    if framed:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def media_url_beside(endpoint: str, **parts: Any) -> str:
    """The address of a view with the part `name`, up to where the name begins."""
    return re.sub("NAME$", "", url_for(endpoint, name="NAME", **parts))


def file_of(db: Db, form: Mapping[str, Any], name: str) -> Response:
    """One file of this form version, streamed. Raises Problem media.unknown."""
    for file in form["media"]:
        if file["name"] == name:
            content = attachments.open(db, file["sha256"])
            return Response(
                wrap_file(request.environ, content),  # type: ignore[arg-type]
                content_type=content_type_of(name),
                headers={"Content-Length": str(content.length)},
                direct_passthrough=True,
            )
    raise Problem("media.unknown")
