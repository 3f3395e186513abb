"""The workbench: from a workbook with faults to everybody judged anew, and back again."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from server import workbench
from server.workbench import do_one
from sync.store import drafts, forms, proposals, protocols, returnees
from sync.store.rules import current_rules
from tests.server.files import a_file
from tests.server.phones_kit import HEADERS
from tests.server.signed_in import client_as, csrf_token
from tests.xlsforms.tables import A_FORM, RISK, SETTINGS, SURVEY, fixture, workbook
from xlsforms.annotate import LIST_SHEET
from xlsforms.publish import publish

NEXT = SETTINGS.replace("2026010101", "2026010102")
NEW_RULE = (
    RISK.rstrip() + "\n| M9 | Sad | ស្រងាក់ | ${phq2} = '3' | health | medium | | | no | 3 days | | ours |"
)


@pytest.fixture
def trial(db):
    """A form and a protocol, published."""
    at = workbench.utc_now() - timedelta(days=9)
    publish(db, workbook(fixture("trial_protocol")), "p.xlsx", at, "test")
    publish(db, workbook(*A_FORM), "trial.xlsx", at, "test")
    return db


class Bench:
    """A coordinator at the pages, and the process beside the server."""

    def __init__(self, app, config, db):
        self.client, self.config, self.db = client_as(app, db, "coordinator"), config, db
        self.token = csrf_token(self.client, "/nowhere")

    def work(self) -> None:
        while do_one(self.config, self.db):
            pass

    def post(self, path: str, **form):
        return self.client.post(path, data={"csrf_token": self.token, **form})

    def hand_in(self, content: bytes, name: str = "trial.xlsx") -> str:
        """The page of this workbook once it was looked through."""
        answer = self.post("/forms", workbook=(io.BytesIO(content), name))
        assert answer.status_code == 303, answer.text
        self.work()
        return answer.headers["Location"]

    def do(self, path: str, **form) -> str:
        answer = self.post(path, **form)
        assert answer.status_code == 303, answer.text
        self.work()
        return self.client.get(answer.headers["Location"]).text


@pytest.fixture
def bench(app, config, trial):
    return Bench(app, config, trial)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_broken_workbook_is_mended_from_the_findings_alone(bench):
    broken = SURVEY.replace("select_one ynr    | unsafe", "select_on ynr     | unsafe").replace(
        "${unsafe} = 'yes'", "${unsaf} = 'yes'"
    )
    path = bench.hand_in(workbook(*A_FORM, NEXT, broken))

    page = words(bench.client.get(path).text)
    assert "2 things must be mended" in page
    assert "Did you mean select_one ynr?" in page
    assert "Did you mean unsafe?" in page
    assert "Publish version" not in page
    assert "<details><summary>It names pictures" in bench.client.get(path).text  # none of it is about files

    marked = load_workbook(io.BytesIO(bench.client.get(f"{path}/annotated.xlsx").data))
    for row in marked[LIST_SHEET].iter_rows(min_row=2):
        sheet, number, fix = row[1].value, row[2].value, row[5].value
        name = re.search(r"Did you mean ([a-z_]+)", fix)[1]
        cell = next(c for c in marked[sheet][number] if c.comment)
        cell.value = f"{name} ynr" if name == "select_one" else f"${{{name}}} = 'yes'"
    mended = io.BytesIO()
    marked.save(mended)

    page = words(bench.client.get(bench.hand_in(mended.getvalue())).text)
    assert "Nothing must be mended." in page
    assert "Publish version 2026010102" in page


def test_a_new_reason_is_tried_signed_published_and_taken_back(bench):
    db = bench.db
    before = current_rules(db)
    path = bench.hand_in(workbook(*A_FORM, NEXT, NEW_RULE))
    assert "Level medium now also when: Sad" in words(bench.client.get(path).text)
    assert bench.post(f"{path}/publish").status_code == 409  # not tried yet

    assert "0 To a lower level" in words(bench.do(f"{path}/dry-run"))
    assert current_rules(db).version == before.version
    bench.do(f"{path}/sign")
    page = bench.do(f"{path}/publish", note="People who are sad count.")

    assert "Published." in words(page)
    kept = forms.find_version(db, "trial", "2026010102")
    assert (kept["note"], kept["published_by"]) == ("People who are sad count.", "coordinator")
    assert (kept["signed"]["by"], kept["signed"]["summary"]["people"]) == ("coordinator", 0)
    assert current_rules(db).version != before.version

    page = words(bench.client.get("/forms/trial").text)
    assert "People who are sad count." in page
    assert "Nothing is untranslated in English (en). Untranslated in Khmer (km) 1 text" in page
    again = bench.do("/forms/trial/return", version="2026010101")
    assert "No longer a reason for level medium: Sad" in words(again)
    number = re.search(r"/forms/proposals/(\w+)/dry-run", again)[1]
    bench.do(f"/forms/proposals/{number}/dry-run")
    bench.do(f"/forms/proposals/{number}/sign")
    bench.do(f"/forms/proposals/{number}/publish")
    assert current_rules(db).forms["trial"].indicators == before.forms["trial"].indicators
    assert len(forms.versions(db, "trial")) == 3


def test_what_would_take_answers_their_meaning_is_typed_or_kept_together(bench):
    bench.db.records.insert_one({
        "_id": "uuid:1", "form_id": "trial", "entity_ids": [],
        "answers": [{"path": "/data/talk/debt_usd", "name": "debt_usd", "value": 5}],
    })  # fmt: skip
    renamed = (SURVEY.replace("debt_usd  ", "debt_owed "), RISK.replace("${debt_usd}", "${debt_owed}"))
    path = bench.hand_in(workbook(*A_FORM, NEXT, *renamed))

    page = words(bench.client.get(path).text)
    assert "renamed from debt_usd? 1 answers are stored. Stored answers would lose their meaning." in page
    bench.do(f"{path}/dry-run")
    assert 'name="confirm"' in bench.do(f"{path}/sign")
    again = bench.post(f"{path}/publish", confirm="yes", note="Debts are asked anew")
    assert again.status_code == 409
    assert 'name="confirm"' in again.text
    assert 'value="Debts are asked anew"' in again.text  # what was typed is not lost

    bench.do(f"{path}/renames", rename_debt_owed="yes")
    bench.do(f"{path}/dry-run")
    assert 'name="confirm"' not in bench.do(f"{path}/sign")
    bench.do(f"{path}/publish")
    assert forms.find_version(bench.db, "trial", "2026010102")["renames"] == {"debt_owed": "debt_usd"}


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "No file was chosen"),
        (b"0" * 10_500_000, 413, "larger than forms are"),
    ],
)
def test_what_is_no_upload_is_refused_at_once(bench, content, status, said):
    answer = bench.post("/forms", workbook=(io.BytesIO(content), "a.xlsx"))

    assert answer.status_code == status
    assert said in words(answer.text)
    assert proposals.open_ones(bench.db) == []


def test_what_is_no_workbook_is_told_plainly_and_a_name_is_no_path(bench):
    path = bench.hand_in(b"%PDF-1.7", "..\\..\\etc/passwd.xlsx")

    page = words(bench.client.get(path).text)

    assert "This file is a PDF, not an Excel workbook" in page
    assert "passwd.xlsx" in page
    assert "etc/passwd" not in page


def test_work_that_died_is_taken_up_by_another_and_not_for_ever(bench):
    db = bench.db
    answer = bench.post("/forms", workbook=(io.BytesIO(workbook(*A_FORM, NEXT)), "a.xlsx"))
    number = answer.headers["Location"].rsplit("/", 1)[1]
    now = workbench.utc_now()

    for tries in range(1, 3):
        assert proposals.claim(db, now + timedelta(minutes=2 * tries))["_id"] == number
        assert proposals.claim(db, now + timedelta(minutes=2 * tries)) is None
    assert do_one(bench.config, db, lambda: now + timedelta(minutes=9))

    found = proposals.find(db, number)
    assert (found["state"], found["job"]["state"]) == ("failed", "failed")
    assert "could not be finished" in words(bench.client.get(answer.headers["Location"]).text)


def test_a_rehearsal_touches_nobody_real_and_goes_with_one_click(app, config, published):
    bench = Bench(app, config, published)
    db = bench.db
    db.returnees.insert_one(a_file(1))
    intake = next(one for one in forms.current(db) if one["form_id"] == "followup")
    content = bench.client.get(f"/forms/followup/versions/{intake['version']}.xlsx").data
    path = bench.hand_in(content, "followup.xlsx")
    real = {
        name: db[name].count_documents({}) for name in ("returnees", "submissions", "records", "case_codes")
    }

    page = words(bench.do(f"{path}/rehearsal"))

    assert "Test A" in page
    assert "High" in page
    assert "/test/" in page
    draft = drafts.of_form(db, "followup")
    assert len(list(returnees.every(drafts.space_of(db, draft)))) == 3
    assert {name: db[name].count_documents({}) for name in real} == real
    assert "Begin the rehearsal" in words(bench.do(f"{path}/rehearsal/end"))
    assert not [name for name in db.list_collection_names() if name.startswith("drafts.")]


def test_a_protocol_and_a_form_are_rehearsed_together_and_go_with_one_click(app, config, published):
    bench = Bench(app, config, published)
    db = bench.db

    def handed_in(form_id: str, version: str) -> str:
        book = load_workbook(io.BytesIO(bench.client.get(f"/forms/{form_id}/versions/{version}.xlsx").data))
        cell = next(cell for row in book["settings"] for cell in row if cell.value == "version")
        beside = (2, cell.column) if cell.row == 1 else (cell.row, cell.column + 1)
        book["settings"].cell(*beside).value = "2099010101"
        written = io.BytesIO()
        book.save(written)
        return bench.hand_in(written.getvalue(), f"{form_id}.xlsx")

    protocol = handed_in("protocol", protocols.current(db).version)
    followup = handed_in("followup", forms.current_version(db, "followup"))
    real = {name: db[name].count_documents({}) for name in ("protocols", "form_versions", "returnees")}
    assert "begin with it" in words(bench.client.get(f"{followup}/rehearsal").text)

    page = words(bench.do(f"{protocol}/rehearsal", together=followup.rsplit("/", 1)[1]))

    assert "Test B" in page
    draft = drafts.of_form(db, "protocol")
    space = drafts.space_of(db, draft)
    assert current_rules(space).protocol.version == "2099010101"
    assert forms.current_version(space, "followup") == "2099010101"
    listed = bench.client.get(f"/test/{draft.token}/formList", headers=HEADERS).text
    assert {name for name in ("screening", "intake", "followup") if f"<formID>{name}<" in listed} == {
        "screening", "intake", "followup",
    }  # fmt: skip
    assert "2099010101" in listed
    assert {name: db[name].count_documents({}) for name in real} == real
    assert bench.post(f"{protocol}/rehearsal", together=protocol.rsplit("/", 1)[1]).status_code == 409

    bench.do(f"{protocol}/rehearsal/end")
    assert not [name for name in db.list_collection_names() if name.startswith("drafts.")]
    assert "2099010101" not in str([one["version"] for one in forms.current(db)])


def test_what_is_typed_in_the_preview_is_judged_and_not_kept(bench):
    path = bench.hand_in(workbook(*A_FORM, NEXT, NEW_RULE))
    number = path.rsplit("/", 1)[1]
    xml = '<data id="trial" version="2026010102"><talk><unsafe>yes</unsafe><phq2>3</phq2></talk></data>'

    answer = bench.client.post(
        f"/forms/preview/proposal/{number}/try", data=xml, headers={"X-CSRFToken": bench.token}
    )

    assert answer.status_code == 200, answer.text
    assert "H3" in answer.text
    assert "M9" in answer.text
    assert bench.db.submissions.count_documents({}) == 0


def test_a_form_is_withdrawn_and_given_back(bench):
    bench.do("/forms/trial/state", state="closing")
    assert forms.state_of(bench.db, "trial") == "closing"
    assert "Give it to phones again" in words(bench.client.get("/forms/trial").text)

    bench.do("/forms/trial/state", state="open")
    assert forms.state_of(bench.db, "trial") == "open"


def test_a_language_goes_out_and_comes_back_as_a_new_version(bench):
    out = load_workbook(
        io.BytesIO(bench.client.get("/forms/trial/untranslated.xlsx?language=Thai (th)").data)
    )
    sheet = out.worksheets[0]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, sheet.max_column).value = f"ไทย {row}"
    back = io.BytesIO()
    out.save(back)
    back.seek(0)

    page = words(bench.do("/forms/trial/translations", workbook=(back, "th.xlsx")))

    assert "Thai (th) 6 / 6" in page
