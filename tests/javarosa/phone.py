"""A phone with ODK Collect on it, as far as a server can tell.

Source: collect_contract sections 2 to 6. Set to "match exactly": what the server lists is what the
phone has.
"""

import random
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from lxml import etree

from tests.javarosa.engine import JavaRosa
from tests.javarosa.entity_lists import EntityList, apply_offline
from tests.javarosa.forms import Filled, Form, Refreshed, posts_of
from tests.javarosa.line import Line, PhoneError, Response
from tests.javarosa.multipart import body_of
from tests.javarosa.signing import Signing

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
DEFAULT_LIMIT_BYTES = 10_000_000


class Phone:
    """One installation of Collect: forms, entity lists, finalised forms and a connection."""

    def __init__(
        self,
        java: JavaRosa,
        url: str,
        *,
        username: str = "",
        password: str = "",
        install_id: str = "",
        language: str = "en",
    ) -> None:
        self.java = java
        self.url = url.rstrip("/")
        self.username = username
        self.install_id = install_id or "collect:" + "".join(
            random.SystemRandom().choices(string.ascii_letters + string.digits, k=16)
        )
        self.language = language
        self.line = Line(self.install_id, Signing(username, password) if password else None)
        self.forms: list[Form] = []
        self.lists: dict[str, EntityList] = {}
        self.filled: list[Filled] = []
        self.last_saved: dict[str, bytes] = {}
        """Form ID -> the record saved last, whatever the version (collect_contract 10)."""

    # -- blank forms and lists ---------------------------------------------------------------

    def refresh(self) -> Refreshed:
        """The refresh button: list, manifests, forms, media and entity lists as the server has them."""
        changes = Refreshed()
        listed = [self._listed(entry) for entry in self._xml(f"{self.url}/formList", LIST + "xforms")]
        ids = {entry["formID"] for entry in listed}
        for gone in [form for form in self.forms if form.form_id not in ids]:
            self.forms.remove(gone)
            changes.removed.append(gone.form_id)
        for entry in listed:
            self._take(entry, changes)
        return changes

    @staticmethod
    def _listed(entry: etree._Element) -> dict[str, str]:
        assert entry.tag == LIST + "xform"
        told = {etree.QName(child).localname: (child.text or "").strip() for child in entry}
        for needed in ("formID", "name", "downloadUrl"):
            if not told.get(needed):
                raise PhoneError(f"the form list is not valid: an xform without {needed}")
        if not told.get("hash", "").startswith("md5:"):
            raise PhoneError("The server did not provide a hash for this form.")
        return told

    def _take(self, entry: Mapping[str, str], changes: Refreshed) -> None:
        known = next((form for form in self.forms if form.hash == entry["hash"]), None)
        files = self._manifest(entry["manifestUrl"]) if entry.get("manifestUrl") else []
        if known and not any(self._is_news(file, known) for file in files):
            return
        xform = self._get(entry["downloadUrl"]).body
        form = known or _form_from(xform)
        if known is None:
            changes.downloaded.append(form.form_id)
        for file in files:
            self._take_file(file, form, changes)
        if known is None:
            # Whatever happened, Collect then deletes older forms of the same ID and version.
            same = (form.form_id, form.version)
            self.forms = [other for other in self.forms if (other.form_id, other.version) != same]
            self.forms.append(form)

    def _is_news(self, file: Mapping[str, str], form: Form) -> bool:
        # Entity lists are never kept as files, so a form with one is always "UpdatedMedia".
        return bool(file["type"]) or form.media_hashes.get(file["filename"]) != file["hash"]

    def _manifest(self, url: str) -> list[dict[str, str]]:
        files = []
        for entry in self._xml(url, MANIFEST + "manifest"):
            told = {etree.QName(child).localname: (child.text or "").strip() for child in entry}
            for needed in ("filename", "hash", "downloadUrl"):
                if not told.get(needed):
                    raise PhoneError(f"the manifest is not valid: a mediaFile without {needed}")
            files.append({"integrityUrl": ""} | told | {"type": entry.get("type", "")})
        return files

    def _take_file(self, file: Mapping[str, str], form: Form, changes: Refreshed) -> None:
        name = file["filename"].rpartition("/")[2]
        if file["type"] not in ("entityList", "approvalEntityList"):
            if form.media_hashes.get(name) != file["hash"]:
                form.media[name] = self._get(file["downloadUrl"]).body
                form.media_hashes[name] = file["hash"]
            return
        list_name = name.partition(".csv")[0]
        if list_name not in form.entity_lists:
            form.entity_lists.append(list_name)
        kept = self.lists.setdefault(list_name, EntityList(list_name))
        if kept.hash != file["hash"]:
            kept.merge(self._get(file["downloadUrl"]).body, file["hash"])
            changes.lists.append(list_name)
        if file["integrityUrl"] and kept.offline_ids():
            kept.forget(self._deleted(file["integrityUrl"], kept.offline_ids()))

    def _deleted(self, url: str, ids: list[str]) -> list[str]:
        root = self._xml(f"{url}{'&' if '?' in url else '?'}id={'%2C'.join(ids)}", "data")
        gone = []
        for entity in root.iter("{*}entity"):
            told = entity.findtext("{*}deleted")
            if told not in ("true", "false"):
                raise PhoneError("The server provided an invalid response.")
            if told == "true":
                gone.append(entity.get("id", ""))
        return gone

    def _get(self, url: str) -> Response:
        response = self.line.get(url)
        if response.status != 200:
            raise PhoneError(
                f"The server at {url} returned status code {response.status}: {response.body[:500]!r}"
            )
        return response

    def _xml(self, url: str, root_tag: str) -> etree._Element:
        response = self._get(url)
        if response.headers["X-OpenRosa-Version"] is None:
            raise PhoneError("The server does not correctly implement the OpenRosa API.")
        if "text/xml" not in (response.headers["Content-Type"] or "text/xml").lower():
            raise PhoneError(
                f"ContentType: {response.headers['Content-Type']} returned from: {url} is not text/xml"
            )
        if response.body.startswith(b"\xef\xbb\xbf"):
            raise PhoneError("The server provided an invalid response.")
        root = etree.fromstring(response.body)
        if root.tag != root_tag:
            raise PhoneError(f"The server provided an invalid response: {root.tag} in place of {root_tag}")
        return root

    # -- filling -----------------------------------------------------------------------------

    def form(self, form_id: str) -> Form:
        """The newest blank form of this ID on the phone."""
        found = [form for form in self.forms if form.form_id == form_id]
        if not found:
            raise PhoneError(f"no form {form_id} on this phone, only {[form.form_id for form in self.forms]}")
        return found[-1]

    def fill(
        self,
        form_id: str,
        answers: Mapping[str, Any],
        *,
        language: str | None = None,
        now: datetime | None = None,
        attachments: Mapping[str, bytes] | None = None,
        values: tuple[str, ...] = (),
    ) -> Filled:
        """Open the blank form, answer as a person would, finalise. Offline: nothing is sent.

        `answers` and the names of what comes back are those of `JavaRosa.fill`; `now` sets the clock.
        """
        form = self.form(form_id)
        lists = {f"{name}.csv": self.lists[name].csv() for name in form.entity_lists}
        if form_id in self.last_saved:
            lists["last-saved.xml"] = self.last_saved[form_id]
        told = self.java.fill(
            form.xform,
            answers,
            media=form.media | lists,
            language=language or self.language,
            now=now,
            metadata={"deviceid": self.install_id, "username": self.username},
            values=values,
        )
        if "xml" not in told:
            raise PhoneError(f"the form cannot be finalised: {told['blocked']}, {told['refused']}")
        filled = Filled(
            form.form_id,
            form.version,
            _instance_id(told["xml"].encode()),
            told["xml"].encode(),
            told["shown"],
            told["refused"],
            told["unasked"],
            told.get("values", {}),
            file_name=f"{form.title}_{(now or datetime.now(UTC)):%Y-%m-%d_%H-%M-%S}.xml",
            attachments=dict(attachments or {}),
        )
        self.last_saved[form_id] = filled.xml
        apply_offline(self.lists, form.xform, filled.xml)
        if form.public_key:
            filled.xml, filled.attachments = self.java.encrypt(
                filled.xml,
                filled.attachments,
                form.public_key,
                form=(form.form_id, form.version),
                instance_id=filled.instance_id,
            )
        self.filled.append(filled)
        return filled

    # -- sending -----------------------------------------------------------------------------

    def send(self, filled: Filled | None = None, *, limit_bytes: int | None = None) -> list[Response]:
        """Send one finalised form, or all that wait, oldest first. The last answer for each.

        HEAD, then one POST or several. `limit_bytes` in place of what the server announces, for tests
        of splitting.
        """
        waiting = [filled] if filled else [each for each in self.filled if not each.sent]
        return [self._send(each, limit_bytes) for each in waiting]

    def _send(self, filled: Filled, limit_bytes: int | None) -> Response:
        url = f"{self.url}/submission"
        head = self.line.head(url)
        if head.status == 204:
            announced = head.headers["X-OpenRosa-Accept-Content-Length"] or ""
            limit_bytes = limit_bytes or (int(announced) if announced.isdigit() else None)
        elif 200 <= head.status < 300:
            raise PhoneError("Is this an OpenRosa submission endpoint?")
        elif head.status == 401:
            raise PhoneError("Invalid username or password")
        response = None
        for parts in posts_of(filled, limit_bytes or DEFAULT_LIMIT_BYTES):
            response = self.line.post(url, *body_of(parts))
            if response.status not in (201, 202):
                return response
        assert response is not None
        filled.sent = True
        return response


def _form_from(xform: bytes) -> Form:
    """What Collect reads when a form arrives; like its parser, no tolerance for a byte order mark."""
    if xform.startswith(b"\xef\xbb\xbf"):
        raise PhoneError("This form cannot be processed.")
    root = etree.fromstring(xform)
    title = root.findtext("{*}head/{*}title") or ""
    instance = root.find("{*}head/{*}model/{*}instance")
    if not title or instance is None:
        raise PhoneError("This form cannot be processed.")
    primary = next(instance.iterchildren(etree.Element))
    submission = root.find("{*}head/{*}model/{*}submission")
    key = "" if submission is None else submission.get("base64RsaPublicKey", "")
    return Form(primary.get("id", ""), primary.get("version", ""), title, xform, {}, {}, [], key)


def _instance_id(submission: bytes) -> str:
    found = ElementTree.fromstring(submission).find(".//{*}meta/{*}instanceID")
    if found is None or not found.text:
        raise PhoneError("a submission without instanceID")
    return found.text
