"""Around a person's page: how scores went, what happened, files, what phones show, what is printed.

The person was registered and visited by JavaRosa's engine with our own workbooks.
"""

import itertools
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import lxml.html
import pytest
from PIL import Image

from server.app import create_app
from sync import worker
from sync.core.submission import Attachment, parse_submission
from sync.core.worker import Worker
from sync.store import attachments, audit, returnees, submissions, workers
from tests.desk import FOLLOW_UP, SCREENING, Desk
from tests.server.files import NOW, a_picture
from tests.server.signed_in import client_as
from tests.server.test_decisions import decide
from tests.server.test_pages import TELLING_WORDS, text_of

SCREENING_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
PNG = a_picture("PNG")
HOSTILE = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def app(config, published):
    seconds = itertools.count()
    return create_app(config, published, now=lambda: NOW + timedelta(seconds=next(seconds)))


@pytest.fixture
def desk(published, java) -> Desk:
    desk = Desk(published, java)
    desk.fill("screening", SCREENING, SCREENING_AT)
    work(published)
    workers.meet(published, Worker(id="worker-1", name="Name of worker-1"))
    return desk


@pytest.fixture
def file(published, desk):
    return published.returnees.find_one()


@pytest.fixture
def manager(app, published):
    return client_as(app, published, "case_manager")


def work(db) -> None:
    while worker.run_once(db, "test", lambda: NOW).taken:
        pass


def visit(desk: Desk, file, day: int, **answers) -> None:
    at = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
    desk.fill("followup", FOLLOW_UP | {"person": file["_id"]} | answers, at)
    work(desk.db)


def test_scores_answered_twice_are_drawn_with_their_bands_and_stand_in_a_table(desk, file, manager):
    visit(desk, file, 10)
    assert "<svg" not in manager.get(f"/caseload/{file['case_code']}").text.partition('id="scores"')[2]
    visit(desk, file, 20, phq1="1", phq2="1")

    page = lxml.html.fromstring(manager.get(f"/caseload/{file['case_code']}").text)

    (figure,) = [one for one in page.xpath("//figure") if "PHQ-2" in one.text_content()]
    assert len(figure.xpath(".//circle")) == 2
    assert len(figure.xpath("./svg/rect")) == len(figure.xpath(".//ul/li")) == 2
    assert [cell.text for cell in figure.xpath(".//td[@class='figure']")] == ["2", "0"]
    assert figure.xpath("./svg/@role") == ["img"]
    (said,) = figure.xpath("./p")
    assert "From 0 on 10 November 2026 to 2 on 20 November 2026." in said.text_content()
    assert not page.xpath("//svg//@style")


def test_what_happened_stands_on_one_line_of_time_and_can_be_narrowed_to_one_kind(desk, file, manager):
    code = file["case_code"]
    decide(manager, code, "note", reason="Her aunt <b>called</b>.")
    decide(manager, code, "consent", about="phone", given="yes", reason="She said so.")

    whole = manager.get(f"/caseload/{code}/timeline").text
    kinds = {
        kind: [
            " ".join(one.text_content().split())
            for one in lxml.html.fromstring(
                manager.get(f"/caseload/{code}/timeline", query_string={"kind": kind}).text
            ).xpath(f"//li[@class='event-{kind}']")
        ]
        for kind in ("visit", "level", "decision", "consent", "look")
    }

    assert "&lt;b&gt;called" in whole
    assert whole.index("23 November 2026") < whole.index("1 November 2026")
    assert "Name of worker-1" in kinds["visit"][-1]
    assert any("High" in one for one in kinds["level"])
    assert any("Alert:" in one for one in kinds["level"])
    assert ["wrote a note" in one for one in kinds["decision"]] == [True]
    assert "Agreed: Calls by telephone" in kinds["consent"][0]
    assert any(re.search(r"Looked at.*\d+ times", one) for one in kinds["look"]), "one line a day"
    assert "Nothing of this kind" in manager.get(f"/caseload/{code}/timeline?kind=message").text
    assert "Nothing of this kind" in manager.get(f"/caseload/{code}/timeline?until=2020-01-01").text


def test_a_long_line_of_time_is_read_page_by_page_and_loses_nothing(file, manager, published):
    for number in range(150):
        at = SCREENING_AT + timedelta(hours=number)
        audit.note(published, at=at, by=f"reader-{number}", kind="look", about=[file["_id"]])

    seen, query = [], {"kind": "look"}
    while True:
        page = lxml.html.fromstring(
            manager.get(f"/caseload/{file['case_code']}/timeline", query_string=query).text
        )
        seen += re.findall(r"reader-\d+", page.text_content())
        older = page.xpath("//a[@rel='next']/@href")
        if not older:
            break
        query["until"] = older[0].partition("until=")[2][:10]

    assert sorted(seen) == sorted(f"reader-{number}" for number in range(150))


def test_a_picture_is_shown_and_everything_else_is_taken_down_under_a_name_of_ours(
    desk, file, manager, published
):
    sent = (("../../<img>.png", PNG), ("drawing.svg", HOSTILE), ("voice.m4a", b"sound" * 9))
    at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    xml = desk.filled("followup", FOLLOW_UP | {"person": file["_id"]}, at)
    files = [
        Attachment(
            name=name, sha256=attachments.put(published, data, at=at), bytes=len(data), content_type="x/y"
        )
        for name, data in sent
    ]
    submissions.keep(
        published,
        parse_submission(xml),
        received_at=at,
        worker_id="worker-1",
        device_id="d",
        attachments=files,
    )
    work(published)
    where = f"/caseload/{file['case_code']}/files"

    page = lxml.html.fromstring(manager.get(where).text)
    answers = [manager.get(f"{where}/{one.sha256}") for one in files]

    assert page.xpath("//img/@src") == [f"{where}/{files[0].sha256}"]
    assert [answer.data for answer in answers[1:]] == [data for _, data in sent[1:]]
    assert Image.open(BytesIO(answers[0].data)).size == (48, 32)
    assert [answer.mimetype for answer in answers] == ["image/png", "application/octet-stream", "audio/mp4"]
    told = [answer.headers["Content-Disposition"] for answer in answers]
    code = file["case_code"]
    assert told == [
        f'inline; filename="{code}-1.png"',
        f'attachment; filename="{code}-2.svg"',
        f'attachment; filename="{code}-3.m4a"',
    ]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [row["kind"] for row in audit.about(published, file["_id"])].count("export") == 2
    elsewhere = attachments.put(published, b"about somebody else", at=at)
    assert manager.get(f"{where}/{elsewhere}").status_code == 404


def test_her_page_says_what_her_workers_phone_shows(file, manager):
    page = lxml.html.fromstring(manager.get(f"/caseload/{file['case_code']}").text)

    (shown,) = page.xpath("//details[summary[contains(., 'What a phone shows')]]")
    text = " ".join(shown.text_content().split())
    assert "on the list of Name of worker-1" in text
    assert re.search("Reason(visit|longer visit|please call first)", text), "in words"
    assert "hidden here" in text, "names are hidden until asked for, here too"
    assert not TELLING_WORDS.search(text)


def test_the_sheet_for_her_gives_nothing_away_and_is_in_the_language_that_was_chosen(file, manager):
    address = f"/caseload/{file['case_code']}/print/sheet"
    for language, words in (("en", "For you"), ("km", "សម្រាប់អ្នក")):
        answer = manager.get(address, query_string={"in": language, "with": ["visit", "services"]})

        main = lxml.html.fromstring(answer.text).xpath("//main")[0].text_content()
        assert words in main
        assert f'<html lang="{language}">' in answer.text
        assert "1280" in main
        assert not TELLING_WORDS.search(main)
        assert file["case_code"] not in main
        assert "Sok" not in main
    without = lxml.html.fromstring(manager.get(address, query_string={"in": "en"}).text)
    assert "We come again" not in without.text_content()


def test_the_summary_has_a_name_only_where_that_was_chosen_and_printing_is_written_down(
    file, manager, published
):
    address = f"/caseload/{file['case_code']}/print/summary"

    summary = text_of(manager.get(address, query_string={"in": "en"}).text)
    named = text_of(manager.get(address, query_string={"in": "en", "with": "name"}).text)

    assert "Confidential" in summary
    assert "At least one reason of level high stands" in summary
    assert "Sok" not in summary
    assert "Sok" in named
    rows = [row for row in audit.about(published, file["_id"]) if row["kind"] == "export"]
    assert [row["more"]["what"] for row in rows] == ["summary to print"] * 2
    assert manager.get(f"/caseload/{file['case_code']}/print/anything").status_code == 404
    assert "Information sheet" in text_of(manager.get(f"/caseload/{file['case_code']}/print").text)


def test_consent_is_shown_word_by_word(file, manager, published):
    code = file["case_code"]
    decide(manager, code, "consent", about="phone", given="yes", reason="She said so.")
    decide(manager, code, "consent", about="phone", given="no", reason="Not any more.")

    page = text_of(manager.get(f"/caseload/{code}/privacy").text)

    said = page.partition("Everything that was said about it")[2]
    no, yes = (said.index(f"Calls by telephone: {word}") for word in ("No", "Yes"))
    assert no < yes
    assert "asked during a visit" in said
    assert returnees.find(published, code)["consent"][-1]["given"] is False
