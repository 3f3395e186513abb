"""What is sent in as text and shown to people later: answers, names of files, words typed into forms.

Answers come from JavaRosa, as a person with a phone would type them.
"""

import html
import re
from html.parser import HTMLParser

import pytest

from sync.store import attachments
from tests.attacks.house import COLLEAGUES
from tests.e2e.visits import LATER_VISIT, first_talk
from tests.javarosa import Phone
from tests.javarosa.multipart import Part, body_of
from tests.waiting import wait_until

pytestmark = pytest.mark.java

SCRIPTS = [
    "<script>alert(1)</script>",
    '"><script src=//evil.example></script>',
    "<img src=x onerror=alert(1)>",
    "'\" onmouseover=alert(1) x='",
    "</title><script>alert(2)</script>",
    "<svg/onload=alert(1)>",
    "{{7*7}}{% raise %}${7*7}<%= 7*7 %>",
    "javascript:alert(1)",
    "</textarea><iframe src=//evil.example>",
    "<a href=javascript:alert(1)>go</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "=HYPERLINK(0;1)+cmd|' /C calc'!A0",
]


class _Running(HTMLParser):
    """Finds what a browser would run, or fetch from elsewhere, as a browser reads a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = (dict(attrs).get("src") or "").startswith("/static/")
        if tag in ("iframe", "object", "embed", "base") or (tag == "script" and not own):
            self.found.append(tag)
        for name, value in attrs:
            away = re.match(r"(?i)\s*(javascript:|data:text|//)", value or "")
            if name.startswith("on") or (name in ("href", "src", "action", "formaction") and away):
                self.found.append(f"{tag} {name}={value}")


def runs(page: str) -> list[str]:
    """What of this page would run; a template that was filled in counts too."""
    reader = _Running()
    reader.feed(page)
    return reader.found + (["49"] if "49{" in page else [])


def wait_for(house, instance_ids: list[str]) -> None:
    """Until the worker is done with these."""
    wanted = {"_id": {"$in": instance_ids}, "state": "processed"}
    wait_until(lambda: house.db.submissions.count_documents(wanted) == len(instance_ids))


@pytest.fixture(scope="module")
def told(house, java):
    """What pages say after a phone sent every script as a name and as a worker's note."""
    phone = Phone(java, f"http://127.0.0.1:{house.port}/key/{house.device}")
    phone.refresh()
    talks = [phone.fill("screening", first_talk(phone, call_name=script)) for script in SCRIPTS]
    people = [talk.entity["id"] for talk in talks]
    assert {response.status for response in phone.send()} == {201}
    wait_for(house, [talk.instance_id for talk in talks])
    phone.refresh()
    visits = [
        phone.fill("followup", {**LATER_VISIT, "which": "all", "person": person, "worker_note": script})
        for person, script in zip(people, SCRIPTS, strict=True)
    ]
    names_on_phone = [phone.lists["people"].rows[person].label for person in people]
    assert {response.status for response in phone.send()} == {201}
    wait_for(house, [visit.instance_id for visit in visits])
    reader = house.visitors["coordinator"]
    reader.post("/names", {"show": "yes"})
    pages = {path: reader.get(path).text for path in ("/", "/caseload", "/questions")}
    of_person = [reader.get(f"/caseload/{person}").text for person in people]
    records = [
        reader.get(f"/caseload/{person}/records/{visit.instance_id}").text
        for person, visit in zip(people, visits, strict=True)
    ]
    worker = house.visitors["outreach_worker"]
    worker.post("/names", {"show": "yes"})
    pages |= {f"worker's {path}": worker.get(path).text for path in ("/", "/caseload")}
    yield pages, of_person, records, names_on_phone
    house.db.returnees.delete_many({"_id": {"$in": people}})  # the house is as it was


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_a_name_that_is_a_script_is_shown_and_runs_nowhere(told, number):
    pages, of_person, _, _ = told

    for where, page in [*pages.items(), ("her page", of_person[number])]:
        assert runs(page) == [], where
        assert SCRIPTS[number] not in page or not re.search(r"[<\"']", SCRIPTS[number]), where
    shown = html.unescape(of_person[number])
    assert SCRIPTS[number].strip() in shown, "it was there to be shown"


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_a_workers_note_that_is_a_script_is_shown_and_runs_nowhere(told, number):
    _, _, records, _ = told

    assert runs(records[number]) == []
    assert SCRIPTS[number].strip() in html.unescape(records[number]), "it was there to be shown"


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_a_name_that_is_a_script_is_one_label_on_a_phones_list_and_fills_in_nothing(told, number):
    *_, labels = told

    assert SCRIPTS[number].strip().replace("${", "$ {") in labels[number]
    assert "${" not in labels[number]


FILE_NAMES = [
    "<script>alert(1)</script>.jpg",
    '"><img src=x onerror=alert(1)>.jpg',
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\x.jpg",
    "a\r\nContent-Type: text/html\r\n\r\n<script>.jpg",
    "a\x00.jpg",
    "." * 200 + ".jpg",
    "x" * 5_000 + ".jpg",
    "..",
    ".",
    "",
    " ",
    "CON",
    "photo.jpg.html",
    "photo.svg",
    "\u202egpj.exe",
    "រូបថត.jpg",
    "$ne",
    "xml_submission_file",
    "*isIncomplete*",
    ";filename=evil.html",
    "a%2f..%2fb.jpg",
]


@pytest.mark.parametrize("number", range(len(FILE_NAMES)))
def test_no_name_of_a_file_is_a_path_a_header_or_a_script(house, java, number):
    phone = Phone(java, f"http://127.0.0.1:{house.port}/key/{house.device}")
    phone.refresh()
    filled = phone.fill("screening", first_talk(phone, con_store="no"))
    name, content = FILE_NAMES[number], f"<script>of file {number}</script>".encode()
    kind, body = body_of(
        [Part("xml_submission_file", filled.xml, "r.xml", "text/xml"), Part(name, content, name)]
    )

    said = house.stranger().open(
        "POST", f"/key/{house.device}/submission", body=body,
        headers={"Content-Type": kind, "X-OpenRosa-Version": "1.0"},
    )  # fmt: skip

    assert said.status in (201, 400, 413), said.text
    assert "<script>" not in said.text
    kept = house.db.submissions.find_one({"_id": filled.instance_id})
    for file in (kept or {}).get("attachments") or []:
        assert re.fullmatch(r"[0-9a-f]{64}", file["sha256"]), "a file lies under the hash of its content"
        assert attachments.open(house.db, file["sha256"]).read() == content
    for role in ("coordinator", "case_manager"):
        assert runs(house.visitors[role].get("/questions").text) == []


TYPED = {
    "the name of an account": (
        "administrator",
        "/accounts",
        {"role": "analyst", "user": "typed{n}"},
        "name",
        "/accounts",
    ),
    "a team": ("administrator", "/accounts", {"role": "analyst", "user": "team{n}"}, "teams", "/accounts"),
    "an organisation": (
        "administrator",
        "/accounts",
        {"role": "analyst", "user": "org{n}"},
        "organisation",
        "/accounts",
    ),
    "a reason": ("case_manager", f"/caseload/{COLLEAGUES}/reason", {}, "reason", "/notices"),
    "the name of a phone": (
        "administrator",
        "/phones",
        {"worker_name": "W", "worker_id": "w{n}"},
        "name",
        "/phones",
    ),
    "the name of a worker": (
        "administrator",
        "/phones",
        {"name": "P", "worker_id": "v{n}"},
        "worker_name",
        "/phones",
    ),
    "what is searched": ("coordinator", "/search", {}, "q", "/caseload"),
    "a user name at the door": ("nobody", "/sign-in", {"password": "x"}, "user", "/sign-in"),
}


@pytest.mark.parametrize("script", range(8))
@pytest.mark.parametrize("what", TYPED)
def test_what_is_typed_into_a_page_runs_on_none(house, what, script):
    role, path, form, name, shown_on = TYPED[what]
    visitor = house.stranger() if role == "nobody" else house.visitors[role]
    form = {key: value.format(n=script) for key, value in form.items()}

    answer = visitor.post(
        path, {**form, name: f"{SCRIPTS[script]} said so"}, on="/sign-in" if role == "nobody" else "/account"
    )
    pages = [answer, visitor.get(shown_on), house.visitors["coordinator"].get("/notices")]

    assert [page.status for page in pages if page.status >= 500] == []
    assert [runs(page.text) for page in pages] == [[]] * len(pages)
    for user in ("typed", "team", "org"):
        house.db.accounts.delete_many({"_id": {"$regex": f"^{user}"}})
