"""Drafts under an address of their own: central_behaviour.md 6. Nothing of them is ever real."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import Client

from server import phones
from sync import worker
from sync.store import drafts, forms, submissions
from sync.store.rules import current_rules
from tests.javarosa.multipart import Part, body_of
from tests.server.phones_kit import HEADERS, a_photo, a_record, id_of, sentence, texts
from tests.xlsforms.tables import A_FORM, SETTINGS, SURVEY, fixture, workbook
from xlsforms.draft import Sheets, publish_draft
from xlsforms.findings import WorkbookRefused
from xlsforms.publish import publish

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OTHER = SETTINGS.replace("2026010101", "2026010102")
EXAMPLE = {"form": "trial", "version": "2026010101"}


class Trial:
    """A draft, and a phone that tries it."""

    def __init__(self, db, config) -> None:
        self.db, self.config = db, config
        app = Flask("behind")
        phones.install(app, db, config, lambda: None)
        self.client = Client(app.wsgi_app)
        self.draft = self.make()

    def make(self, *sheets: str) -> drafts.Draft:
        tried = [Sheets(workbook=workbook(*(sheets or A_FORM)), filename="trial.xlsx")]
        draft, _ = publish_draft(self.db, tried, NOW, "coordinator")
        return draft

    @property
    def space(self):
        return drafts.space_of(self.db, drafts.of_form(self.db, "trial"))

    def ask(self, path="formList", *, method="GET", **more):
        return self.client.open(
            f"/test/{self.draft.token}/{path}",
            method=method,
            headers=HEADERS,
            base_url="https://here",
            **more,
        )

    def send(self, xml: bytes, *files: Part):
        content_type, body = body_of([Part("xml_submission_file", xml, "r.xml", "text/xml"), *files])
        return self.ask("submission", method="POST", data=body, content_type=content_type)


@pytest.fixture
def trial(db, config) -> Trial:
    publish(db, workbook(fixture("trial_protocol")), "protocol.xlsx", NOW - timedelta(days=9), "test")
    return Trial(db, config)


def test_a_test_phone_gets_the_draft_and_nothing_else(trial):
    publish(trial.db, workbook(*A_FORM, SETTINGS.replace("trial", "other")), "other.xlsx", NOW, "test")
    trial.make()

    listed = trial.ask()

    assert texts(listed, "xforms/xform/formID") == ["trial"]
    (url,) = texts(listed, "xforms/xform/downloadUrl")
    assert url == f"https://here/test/{trial.draft.token}/forms/trial/2026010101.xml"
    assert trial.ask("forms/trial/2026010101.xml").status_code == 200
    assert trial.ask("submission", method="HEAD").status_code == 204
    assert "trial" not in str(forms.states(trial.db))


def test_what_it_sends_is_kept_apart_from_everything_real(trial):
    xml, names = (
        a_record(**EXAMPLE),
        ("submissions", "conflicting", "refused", "attachments.files", "devices"),
    )
    before = [trial.db[name].count_documents({}) for name in names]

    assert trial.send(xml, a_photo()).status_code == 201
    assert trial.send(xml).status_code == 201
    assert trial.send(xml.replace(b"yes", b"no")).status_code == 409
    assert trial.send(b"<broken").status_code == 400

    assert [trial.db[name].count_documents({}) for name in names] == before
    kept = submissions.find(trial.space, id_of(xml))
    assert (kept["draft"], kept["worker_id"]) == (True, trial.draft.worker_id)


def test_the_worker_takes_it_up_under_the_rules_of_the_draft(trial):
    xml = a_record(**EXAMPLE)
    trial.send(xml)

    assert current_rules(trial.space).forms.keys() == {"trial"}
    worker.run_once(trial.space, "test", lambda: datetime.now(UTC) + timedelta(seconds=1))

    assert submissions.find(trial.space, id_of(xml))["state"] == "processed"
    assert trial.space.records.count_documents({}) == 1
    assert trial.db.records.count_documents({}) == 0


def test_another_upload_keeps_the_address_and_throws_away_what_was_sent(trial):
    xml = a_record(**EXAMPLE)
    trial.send(xml)

    again = trial.make(*A_FORM, OTHER)

    assert again.token == trial.draft.token
    assert again.space != trial.draft.space
    assert texts(trial.ask(), "xforms/xform/version") == ["2026010102"]
    assert trial.space.submissions.count_documents({}) == 0
    # What a phone filled in with the draft before is taken as one of this draft.
    assert trial.send(xml).status_code == 201
    assert submissions.find(trial.space, id_of(xml))["form_version"] == "2026010102"


def test_a_record_of_another_form_is_refused(trial):
    assert trial.send(a_record(form="other")).status_code == 404


def test_publishing_ends_the_trial_and_the_next_one_has_another_address(trial):
    trial.send(a_record(**EXAMPLE))

    publish(trial.db, workbook(*A_FORM), "trial.xlsx", NOW, "test")

    assert drafts.of_form(trial.db, "trial") is None
    assert not [name for name in trial.db.list_collection_names() if name.startswith("drafts.")]
    for path, method in (("formList", "GET"), ("submission", "HEAD"), ("forms/trial/2026010101.xml", "GET")):
        over = trial.ask(path, method=method)
        assert over.status_code == 404
    assert "trial of a form is over" in sentence(trial.ask())
    assert trial.make().token != trial.draft.token


def test_a_token_of_a_phone_opens_no_draft_and_that_of_a_draft_nothing_real(trial):
    assert trial.client.get(f"/key/{trial.draft.token}/formList", headers=HEADERS).status_code == 403
    assert trial.client.get("/test/unknown/formList", headers=HEADERS).status_code == 404
    assert trial.client.get("/test", headers=HEADERS).status_code == 404


def test_a_workbook_with_faults_leaves_the_draft_as_it_was(trial):
    with pytest.raises(WorkbookRefused):
        trial.make(*A_FORM, SURVEY.replace("select_one", "select_won"))
    assert drafts.of_form(trial.db, "trial") == trial.draft
    assert trial.ask().status_code == 200
