"""What a phone may fill in: the form list, the forms, their manifests and files."""

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from server.phones import people
from server.phones.call import HEADERS, Call
from server.phones.openrosa import ListedFile, ListedForm, form_list, manifest
from sync.core.problem import Problem
from sync.store import attachments, device_news, forms


def show_form_list(call: Call) -> Response:
    """All open forms in their current version; `?formID=` narrows the list to one."""
    call.require_openrosa()
    wanted = call.request.args.get("formID")
    listed = [_listed(call, form) for form in forms.current(call.db) if wanted in (None, form["form_id"])]
    return call.answer(form_list(sorted(listed, key=lambda form: (form.name, form.form_id))))


def show_form(call: Call, form_id: str, version: str) -> Response:
    """The XForm, byte for byte as its hash in the list says."""
    form = _published(call, form_id, version)
    device_news.mark_form(call.db, call.device, form_id=form_id, version=version, at=call.at)
    return call.answer(forms.xform_of(call.db, form_id, version), etag=form["md5"])


def show_manifest(call: Call, form_id: str, version: str) -> Response:
    """The files of a form, and the worker's list of people: the same in the manifest of every form."""
    call.require_openrosa()
    form = _published(call, form_id, version)
    files = [
        ListedFile(
            name=file["name"], md5=file["md5"], download_url=call.url("media", form_id, version, file["name"])
        )
        for file in form["media"]
    ]
    return call.answer(manifest([*files, *people.listed(call, form["entity_lists"])]))


def show_media(call: Call, form_id: str, version: str, name: str) -> Response:
    """One file of a form, streamed."""
    for file in _published(call, form_id, version)["media"]:
        if file["name"] == name:
            content = attachments.open(call.db, file["sha256"])
            response = Response(
                wrap_file(call.request.environ, content),
                content_type=content_type_of(name),
                headers={**HEADERS, "Content-Length": str(content.length)},
                direct_passthrough=True,
            )
            response.set_etag(file["md5"])
            return response.make_conditional(call.request.environ)
    raise Problem("media.unknown")


def content_type_of(name: str) -> str:
    """By the end of the name; phones go by the name, so this is only for people who look."""
    kinds = {"csv": "text/csv; charset=utf-8", "xml": "text/xml; charset=utf-8", "png": "image/png"}
    return kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _published(call: Call, form_id: str, version: str) -> Mapping[str, Any]:
    """This form version, also an older one: drafts on phones are finished with theirs."""
    found: Mapping[str, Any] | None = forms.find_version(call.db, form_id, version)
    if found is None:
        raise Problem("form.unknown")
    return found


def _listed(call: Call, form: Mapping[str, Any]) -> ListedForm:
    """A form as the list shows it."""
    form_id, version = form["form_id"], form["version"]
    has_files = form["media"] or form["entity_lists"]
    return ListedForm(
        form_id=form_id,
        name=form["title"] or form_id,
        version=version,
        md5=form["md5"],
        download_url=call.url("forms", form_id, f"{version}.xml"),
        manifest_url=call.url("manifests", form_id, f"{version}.xml") if has_files else "",
    )
