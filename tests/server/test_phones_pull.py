"""Records read out by other tools, as ODK Briefcase does it."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from sync.core.submission import Attachment, parse_submission
from sync.store import attachments, erasures, records, submissions
from tests.server.phones_kit import MADE_AT, a_record, publish, texts
from tests.server.test_phones_sign_in import Door


class Tool(Door):
    """A tool that may read records out."""

    def __init__(self, db, config) -> None:
        super().__init__(db, config)
        self.may = self.basic(*self.login("pull"))

    def keep(
        self, number: int, *, form: str = "screening", files: dict[str, bytes] | None = None, **more
    ) -> str:
        xml = a_record(instance_id=f"uuid:{number:03}", form=form).replace(
            b"</instanceID>", b"</instanceID>" + more.get("meta", b"")
        )
        kept = [
            Attachment(
                name=name, sha256=attachments.put(self.db, content), bytes=len(content), content_type=""
            )
            for name, content in (files or {}).items()
        ]
        submissions.keep(
            self.db,
            parse_submission(xml),
            received_at=MADE_AT + timedelta(seconds=number // 3),
            worker_id="w",
            device_id="d",
            attachments=kept,
        )
        return f"uuid:{number:03}"

    def list(self, may: str = "", **query):
        query = {"formId": "screening", **query}
        return self.ask("view/submissionList", authorization=may or self.may, query_string=query)

    def download(self, instance_id: str, *, form: str = "screening", may: str = ""):
        asked = f"{form}[@version=null and @uiVersion=null]/data[@key={instance_id}]"
        return self.ask(
            "view/downloadSubmission", authorization=may or self.may, query_string={"formId": asked}
        )


@pytest.fixture
def tool(db, config) -> Tool:
    return Tool(db, config)


def test_a_tool_reads_all_records_of_a_form_page_by_page(tool):
    kept = [tool.keep(number) for number in range(10)]
    publish(tool.db, "other")
    tool.keep(99, form="other")

    read, cursor = [], ""
    while page := texts(answer := tool.list(numEntries="4", cursor=cursor), "idChunk/idList/id"):
        read += page
        (cursor,) = texts(answer, "idChunk/resumptionCursor")

    assert read == kept
    (same,) = texts(answer, "idChunk/resumptionCursor")
    assert same == cursor
    # What arrives later is found from there.
    later = tool.keep(50)
    assert texts(tool.list(cursor=cursor), "idChunk/idList/id") == [later]


def test_of_a_record_that_was_edited_only_the_edit_is_read_also_where_a_page_is_full_of_edited_ones(tool):
    for number in range(4):
        tool.keep(number)
    tool.db.records.insert_many(
        [{"_id": f"uuid:{number:03}", "entity_ids": [], "superseded_by": "uuid:9"} for number in range(3)]
    )
    assert records.superseded(tool.db, ["uuid:000", "uuid:003"]) == {"uuid:000"}
    assert texts(tool.list(numEntries="2"), "idChunk/idList/id") == ["uuid:003"]


def test_a_record_comes_with_the_addresses_and_hashes_of_its_files(tool):
    photo = b"\xff\xd8photo" * 1000
    instance_id = tool.keep(1, files={"រូប 1.jpg": photo})

    answer = tool.download(instance_id)

    assert answer.status_code == 200
    root = etree.fromstring(answer.data)
    assert root.tag == "{http://opendatakit.org/submissions}submission"
    (record,) = root.xpath("*[local-name()='data']/*")
    assert (record.get("id"), record.get("version"), record.get("instanceID")) == (
        "screening",
        "1",
        instance_id,
    )
    assert record.findtext("{*}q") == "yes"
    (url,) = texts(answer, "submission/mediaFile/downloadUrl")
    assert texts(answer, "submission/mediaFile/hash") == [f"md5:{hashlib.md5(photo).hexdigest()}"]
    path = url.removeprefix("https://localhost/openrosa/")
    file = tool.ask(path, authorization=tool.may)
    assert file.data == photo
    assert tool.ask(path).status_code == 401


def test_every_record_that_goes_out_is_in_the_audit(tool):
    instance_id = tool.keep(1)
    tool.db.submissions.update_one({}, {"$set": {"touches": ["e1"]}})

    tool.download(instance_id)

    (row,) = tool.db.audit.find({"kind": "export"})
    assert row["about"] == ["e1"]
    assert row["by"].startswith("login:pull-")
    assert row["more"]["instance_id"] == instance_id


def test_a_record_about_somebody_who_was_erased_is_none_any_more(tool):
    instance_id, other = tool.keep(1), tool.keep(2)
    erasures.empty(tool.db, [instance_id])

    assert texts(tool.list(), "idChunk/idList/id") == [other]
    assert tool.download(instance_id).status_code == 404


def test_a_phone_cannot_read_anything_out(tool):
    instance_id = tool.keep(1)
    phone = tool.basic()
    assert tool.list(phone).status_code == 404
    assert tool.download(instance_id, may=phone).status_code == 404
    for path in ("view/submissionList", f"view/media/{instance_id}/a.jpg"):
        assert tool.phone.get(path).status_code == 404


def test_a_tool_for_one_form_reads_no_other(tool):
    publish(tool.db, "other")
    instance_id = tool.keep(1)
    one = tool.basic(*tool.login("pull", forms=["other"], ends_at=datetime.now(UTC) + timedelta(days=1)))

    assert tool.list(one).status_code == 404
    assert tool.list(one, formId="other").status_code == 200
    assert tool.download(instance_id, may=one).status_code == 404
    assert tool.download(instance_id, may=one, form="other").status_code == 404
    assert tool.ask(f"view/media/{instance_id}/a.jpg", authorization=one).status_code == 404


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("view/submissionList", {}, 404),
        ("view/submissionList", {"formId": "nowhere"}, 404),
        ("view/submissionList", {"formId": "screening", "cursor": "!!"}, 400),
        ("view/submissionList", {"formId": "screening", "cursor": "MjAyNg=="}, 400),
        ("view/submissionList", {"formId": "screening", "numEntries": "-1"}, 200),
        ("view/submissionList", {"formId": "screening", "numEntries": "9" * 99}, 200),
        ("view/submissionList", {"formId": "screening", "numEntries": "០១"}, 200),
        ("view/downloadSubmission", {}, 404),
        ("view/downloadSubmission", {"formId": "screening"}, 404),
        ("view/downloadSubmission", {"formId": "screening/data[@key=uuid:none]"}, 404),
        ("view/downloadSubmission", {"formId": "screening/data[@key={'$ne':1}]"}, 404),
    ],
)
def test_what_is_asked_wrongly_gets_a_sentence(tool, path, query, status):
    assert tool.ask(path, authorization=tool.may, query_string=query).status_code == status
