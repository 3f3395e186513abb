"""What a phone may fill in: the form list, the forms, their manifests and files."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from server.phones import openrosa, people
from server.phones.call import HEADERS, Answer, Call, path_of
from server.phones.openrosa import ListedFile, ListedForm, form_list, manifest
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import attachments, device_news, dump, forms
from sync.store.connect import Db


def show_form_list(call: Call) -> Answer:
    """All open forms in their current version.

    Other clients than Collect may ask for one form (`formID`), for earlier versions too (`listAllVersions`),
    and for a description of each (`verbose`).
    """
    call.require_openrosa()
    asked = call.request.args
    wanted = asked.get("formID")
    everything, verbose = _is_true(asked.get("listAllVersions")), _is_true(asked.get("verbose"))
    may = call.caller.login.forms if call.caller.login else ()
    pieces, digest = call.service.kept.get(
        ("formList", wanted, everything, verbose, may),
        forms.stamp(call.db),
        lambda: _list_of(call.db, wanted, may, everything=everything, verbose=verbose),
    )
    root = call.root.encode()
    etag = hashlib.md5(digest + root, usedforsecurity=False).hexdigest()
    return call.answer(root.join(pieces), etag=etag)


def show_form(call: Call, form_id: str, version: str) -> Answer:
    """The XForm, byte for byte as its hash in the list says."""
    form = _published(call, form_id, version)
    if call.caller.device:
        device_news.mark_form(call.db, call.device, form_id=form_id, version=version, at=call.at)
    return call.answer(forms.xform_of(call.db, form_id, version), etag=form["md5"])


def show_manifest(call: Call, form_id: str, version: str) -> Answer:
    """The files of a form, and the worker's list of people: the same in the manifest of every form."""
    call.require_openrosa()
    form = _published(call, form_id, version)
    files = [
        ListedFile(
            name=file["name"], md5=file["md5"], download_url=call.url("media", form_id, version, file["name"])
        )
        for file in form["media"]
    ]
    lists = people.listed(call, form["entity_lists"]) if call.caller.device else []
    return call.answer(manifest([*files, *lists]))


def show_media(call: Call, form_id: str, version: str, name: str) -> Answer:
    """One file of a form, streamed."""
    for file in _published(call, form_id, version)["media"]:
        if file["name"] == name:
            return send_file(call, name, file["sha256"], file["md5"])
    raise Problem("media.unknown")


def send_file(call: Call, name: str, sha256: str, etag: str) -> Response:
    """A kept file, streamed; only its headers to a phone that has it."""
    response = Response(headers=HEADERS, content_type=content_type_of(name))
    response.set_etag(etag)
    response.make_conditional(call.request.environ)
    if response.status_code != 304:
        content = attachments.open(call.db, sha256)
        response.headers["Content-Length"] = str(content.length)
        if call.request.method != "HEAD":
            response.response = wrap_file(call.request.environ, content)  # type: ignore[arg-type]
            response.direct_passthrough = True
    return response


def content_type_of(name: str) -> str:
    """By the end of the name; phones go by the name, so this is only for people who look."""
    kinds = {"csv": "text/csv; charset=utf-8", "xml": "text/xml; charset=utf-8", "png": "image/png"}
    return kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _list_of(
    db: Db, wanted: str | None, may: Collection[str], *, everything: bool, verbose: bool
) -> tuple[list[bytes], bytes]:
    """The list, cut where each phone's own address belongs, and what it is told from others by."""
    if dump.is_half_restored(db):
        raise Problem("server.busy")  # a phone deletes what is not on its list
    found = [form for form in forms.current(db) if wanted in (None, form["form_id"])]
    if may:
        found = [form for form in found if form["form_id"] in may]
    if everything:
        found = [version for form in found for version in forms.versions(db, form["form_id"])]
    listed = sorted(found, key=lambda form: (form["title"] or form["form_id"], form["form_id"]))
    body = form_list(_listed(form, verbose=verbose) for form in listed)
    pieces = body.split(openrosa.ROOT.encode())
    return pieces, hashlib.md5(b"\0".join(pieces), usedforsecurity=False).digest()


def _published(call: Call, form_id: str, version: str) -> Mapping[str, Any]:
    """This form version, also an older one: drafts on phones are finished with theirs.

    Not of a closed form, whose records nobody would take; the version phones hold already stays with them.
    """
    login = call.caller.login
    if login and login.forms and form_id not in login.forms:
        raise Problem("form.unknown")
    found: Mapping[str, Any] | None = call.service.kept.get(
        ("form", form_id, version),
        forms.stamp(call.db),
        lambda: (
            None
            if forms.state_of(call.db, form_id) == "closed"
            else forms.find_version(call.db, form_id, version)
        ),
    )
    if found is None:
        raise Problem("form.unknown")
    return found


def _listed(form: Mapping[str, Any], *, verbose: bool) -> ListedForm:
    """A form as the list shows it."""
    form_id, version = form["form_id"], form["version"]
    has_files = form["media"] or form["entity_lists"]
    manifest_url = path_of(openrosa.ROOT, "manifests", form_id, f"{version}.xml")
    return ListedForm(
        form_id=form_id,
        name=form["title"] or form_id,
        version=version,
        md5=form["md5"],
        download_url=path_of(openrosa.ROOT, "forms", form_id, f"{version}.xml"),
        manifest_url=manifest_url if has_files else "",
        description=f"Version {version}, published {local_date(form['published_at'])}" if verbose else "",
    )


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1", "yes")
