"""What people see on the pages."""

import gzip
import re
from datetime import timedelta

import lxml.html
import pytest
from structlog.testing import capture_logs

from server import accounts
from server.app import create_app
from server.people.places import place_name
from sync.store import audit, devices
from tests.server.files import ANSWER, NOW, TODAY, a_file, a_follow_up, a_submission, an_alert, an_indicator
from tests.server.signed_in import client_as, csrf_token, sign_in

# Nothing a stranger sees over a shoulder may say what this is about.
TELLING_WORDS = re.compile(
    r"traffick|victim|returnee|exploit|rescue|abuse|violen|ជនរងគ្រោះ|ជួញដូរ", re.IGNORECASE
)


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def manager(app, db):
    """A browser in which a case manager is signed in."""
    return client_as(app, db, "case_manager")


@pytest.fixture
def administrator(app, db):
    """A browser in which an administrator is signed in."""
    return client_as(app, db, "administrator")


def text_of(page: str) -> str:
    """What the page says, in one line."""
    return " ".join(lxml.html.fromstring(page).text_content().split())


def rows_of(page: str) -> list[str]:
    """What each row of the first table says."""
    return [" ".join(row.text_content().split()) for row in lxml.html.fromstring(page).xpath("//tbody/tr")]


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/caseload", "/healthz", "/api/v1/nowhere"])
def test_nothing_before_signing_in_says_what_this_is_about(client, path, language):
    answer = client.get(path, headers={"Accept-Language": language}, follow_redirects=True)

    assert not TELLING_WORDS.search(answer.text)
    assert not TELLING_WORDS.search(answer.request.url)


def test_no_address_of_a_page_says_what_this_is_about(app):
    pages = [rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")]

    assert not TELLING_WORDS.search(" ".join(pages))


def test_the_caseload_shows_most_danger_first_then_who_is_due_soonest(manager, db):
    db.returnees.insert_one(a_file(1, level="low", due_on=TODAY - timedelta(days=30)))
    db.returnees.insert_one(a_file(2, level="high", due_on=TODAY + timedelta(days=2)))
    db.returnees.insert_one(a_file(3, level="high", due_on=TODAY - timedelta(days=10)))

    rows = rows_of(manager.get("/caseload").text)

    assert [re.search(r"KH-20-2026-000(\d)X", row)[1] for row in rows] == ["3", "2", "1"]
    assert rows[0] == "High KH-20-2026-0003X 13 Nov 202610 days overdue Ta Chrueng, Changha"
    assert "in 2 days" in rows[1]


@pytest.mark.parametrize(
    ("days", "words"),
    [(-10, "10 days overdue"), (-1, "1 day past, can still be done"), (0, "today"), (1, "tomorrow")],
)
def test_a_row_says_how_late_or_near_the_next_visit_is(manager, db, days, words):
    db.returnees.insert_one(a_file(1, due_on=TODAY + timedelta(days=days)))

    assert words in rows_of(manager.get("/caseload").text)[0]


def test_the_caseload_is_filtered_by_level_and_by_what_is_due(manager, db):
    db.returnees.insert_one(a_file(1, level="low", due_on=TODAY - timedelta(days=30)))
    db.returnees.insert_one(a_file(2, level="high", due_on=TODAY + timedelta(days=2)))
    db.returnees.insert_one(a_file(3, level="high", due_on=TODAY + timedelta(days=60)))

    assert len(rows_of(manager.get("/caseload?level=high").text)) == 2
    assert len(rows_of(manager.get("/caseload?due=overdue").text)) == 1
    assert len(rows_of(manager.get("/caseload?level=high&due=soon").text)) == 1
    assert "Nobody here fits" in manager.get("/caseload?level=medium").text


def test_a_long_caseload_is_read_page_by_page(manager, db):
    db.returnees.insert_many(a_file(number, due_on=TODAY) for number in range(1, 121))

    seen, path = [], "/caseload"
    while path:
        page = manager.get(path).text
        seen += rows_of(page)
        path = next(iter(lxml.html.fromstring(page).xpath("//a[@rel='next']/@href")), None)

    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("language", ["en", "km"])
def test_fifty_people_make_a_page_of_less_than_8_kb_over_the_air(manager, db, language):
    db.returnees.insert_many(a_file(number, due_on=TODAY - timedelta(days=9)) for number in range(1, 60))

    plain = manager.get("/caseload", headers={"Accept-Language": language})
    squeezed = manager.get("/caseload", headers={"Accept-Language": language, "Accept-Encoding": "gzip"})

    assert rows_of(gzip.decompress(squeezed.data).decode()) == rows_of(plain.text)
    assert len(rows_of(plain.text)) == 50
    assert len(plain.data) < 40_000
    assert len(squeezed.data) < 8_000
    assert "Accept-Encoding" in plain.headers["Vary"]
    lengths = {len(manager.get("/caseload", headers={"Accept-Encoding": "gzip"}).data) for _ in range(8)}
    assert len(lengths) > 1, "padded by chance, so that its length tells nothing of what is in it"


def test_an_empty_caseload_says_to_connect_a_phone_first(administrator, app, db):
    assert "Connect a phone" in text_of(administrator.get("/caseload").text)
    assert "Ask an administrator" in text_of(client_as(app, db, "coordinator").get("/caseload").text)

    devices.add(db, name="Phone", worker_id="worker-1", worker_name="Worker", made_at=NOW)

    assert "as soon as an outreach worker sends" in text_of(administrator.get("/caseload").text)


def test_a_person_is_found_by_case_code_in_small_letters(manager, db):
    db.returnees.insert_one(a_file(1))

    answer = manager.post(
        "/search", data={"csrf_token": csrf_token(manager, "/caseload"), "text": "kh-20-2026-0001x"}
    )

    assert answer.headers["Location"] == "/caseload/KH-20-2026-0001X"


def test_a_level_is_explained_by_the_answers_the_form_the_day_and_the_rules(manager, db):
    db.returnees.insert_one(a_file(1))

    page = text_of(manager.get("/caseload/KH-20-2026-0001X").text)

    assert "High since 3 November 2026. One reason of level high is enough." in page
    assert "Because on 3 November 2026 she answered:" in page
    assert "Has anyone who took you there been in touch? — Yes" in page
    assert "From the form “intake”, version 2026110101." in page
    assert "Respond within 24 hours." in page
    assert "${contact_recruiter} = 'yes'" in page
    assert "Rules: rules-1" in page


@pytest.mark.parametrize(("hours", "words"), [(12, "12 hours"), (24, "24 hours"), (336, "14 days")])
def test_a_reason_says_by_when_to_act(manager, db, hours, words):
    risk = {**a_file(1)["risk"], "indicators": [an_indicator(respond_within_hours=hours)]}
    db.returnees.insert_one(a_file(1, risk=risk))

    assert f"Respond within {words}." in text_of(manager.get("/caseload/KH-20-2026-0001X").text)


def test_a_persons_page_shows_scores_with_bands_and_visits_with_states(manager, db):
    visits = [
        a_follow_up(1, due_on=TODAY - timedelta(days=40), done_on="2026-10-14"),
        a_follow_up(2, due_on=TODAY - timedelta(days=10)),
        a_follow_up(3, due_on=TODAY),
        a_follow_up(4, due_on=TODAY + timedelta(days=30)),
    ]
    db.returnees.insert_one(a_file(1, follow_ups=visits))

    rows = rows_of(manager.get("/caseload/KH-20-2026-0001X").text)

    assert "13 Nov 2026 Overdue10 days overdue" in rows[0]
    assert "23 Nov 2026 Can be done now" in rows[1]
    assert "23 Dec 2026 Planned" in rows[2]
    assert rows[3].startswith("14 Oct 2026Done")
    assert rows[4] == "PHQ-914moderate3 Nov 2026"


def test_everything_is_there_in_khmer_with_khmer_days_and_digits(manager, db):
    db.returnees.insert_one(a_file(1))

    page = manager.get("/caseload/KH-20-2026-0001X", headers={"Accept-Language": "km"}).text

    assert '<html lang="km">' in page
    assert "ពីព្រោះនៅថ្ងៃទី ៣ វិច្ឆិកា ២០២៦ គាត់បានឆ្លើយថា៖" in text_of(page)
    assert "ការទាក់ទង ឬការគំរាម" in page


def test_words_that_exist_only_in_the_other_language_are_marked_as_such(manager, db):
    risk = {**a_file(1)["risk"], "indicators": [an_indicator(label={"en": "Only in English"})]}
    db.returnees.insert_one(a_file(1, risk=risk))

    page = manager.get("/caseload/KH-20-2026-0001X", headers={"Accept-Language": "km"}).text

    assert '<span lang="en">Only in English</span>' in page


def test_a_chosen_language_stays_with_the_account(app, db, manager):
    manager.post("/language", data={"csrf_token": csrf_token(manager, "/caseload"), "language": "km"})
    elsewhere = app.test_client()
    sign_in(elsewhere, "case-manager")

    assert '<html lang="km">' in elsewhere.get("/caseload").text
    assert accounts.find(db, "case-manager").language == "km"


def test_script_in_an_answer_is_shown_and_never_run(manager, db):
    script = "<script>alert(1)</script>"
    answer = {**ANSWER, "value": script, "value_label": {}, "label": {"en": script}}
    risk = {**a_file(1)["risk"], "indicators": [an_indicator(answers=[answer], label={"km": script})]}
    person = {**a_file(1)["person"], "call_name": script, "village": script}
    db.returnees.insert_one(a_file(1, risk=risk, person=person))
    manager.post("/names", data={"csrf_token": csrf_token(manager, "/caseload"), "show": "yes"})

    for path in ("/caseload", "/caseload/KH-20-2026-0001X"):
        page = manager.get(path).text
        assert script not in page
        assert "&lt;script&gt;" in page


def test_her_number_is_hidden_as_her_name_is_and_dialled_only_where_that_is_wanted_and_safe(manager, db):
    def page_with(number: int, *, given: bool = True, **person: str) -> str:
        said = [{"purpose": "phone", "given": given, "on": "2026-11-03", "by": "uuid:1"}]
        file = a_file(number, consent=said)
        db.returnees.insert_one({**file, "person": {**file["person"], **person}})
        return f"/caseload/{file['case_code']}"

    safe = page_with(1, phone_number="012 345 678", safe_call="yes")
    unsafe = page_with(2, phone_number="012 345 679", safe_call="no")
    unwanted = page_with(3, phone_number="012 345 670", given=False)
    unknown = page_with(4)
    page = manager.get(safe).text
    assert "Telephone number" in page
    assert "Hidden, as names are." in page
    assert not re.search("345.?678", page)

    manager.post("/names", data={"csrf_token": csrf_token(manager, "/caseload"), "show": "yes"})
    assert audit.recent(db, kind="look")[0]["fields"] == ["names"]
    assert '<a href="tel:+85512345678"><bdi>012 345 678</bdi></a>' in manager.get(safe).text
    page = manager.get(unsafe).text
    assert "<bdi>012 345 679</bdi>" in page
    assert "A call is not safe" in page
    assert "tel:" not in page
    page = manager.get(unwanted).text
    assert "Does not want to be called." in page
    assert "345 670" not in page
    assert "Telephone number" not in manager.get(unknown).text


def test_a_phone_is_connected_with_a_code_that_is_shown_once(administrator, db):
    form = {"name": "Phone 12", "worker_name": "Sok", "worker_id": "sok"}

    shown = administrator.post("/phones", data={"csrf_token": csrf_token(administrator, "/phones"), **form})

    token = re.search(r"http://localhost/key/([A-Za-z0-9_-]{64})", shown.text)[1]
    assert devices.find_by_token(db, token).name == "Phone 12"
    assert "<svg" in shown.text
    assert token not in administrator.get("/phones").text


def test_a_phone_is_not_connected_while_something_is_missing(administrator, db):
    form = {"csrf_token": csrf_token(administrator, "/phones"), "name": "Phone 12"}

    answer = administrator.post("/phones", data=form)

    assert answer.status_code == 400
    assert "Please fill in all three" in answer.text
    assert 'value="Phone 12"' in answer.text
    assert db.devices.count_documents({}) == 0


def test_a_phone_is_disconnected_after_being_asked(administrator, db):
    token = devices.add(db, name="Phone 12", worker_id="sok", worker_name="Sok", made_at=NOW)
    path = f"/phones/{devices.id_of(token)}/revoke"

    assert "Disconnect “Phone 12”?" in administrator.get(path).text
    administrator.post(path, data={"csrf_token": csrf_token(administrator, path)})

    assert devices.find_by_token(db, token) is None
    assert "Disconnected 23 Nov 2026 10:00" in text_of(administrator.get("/phones").text)
    assert administrator.get(path).status_code == 404


def test_a_submission_that_was_set_aside_is_shown_with_its_reason_and_tried_again(config, db):
    woken = []
    app = create_app(config, db, now=lambda: NOW, wake=lambda: woken.append(True))
    administrator = client_as(app, db, "administrator")
    problem = {"code": "submission.processing_failed", "message": "Not worked through after 5 tries."}
    submission = a_submission(1, state="set_aside", problem=problem, failures=5)
    db.submissions.insert_one(submission)
    page = administrator.get("/questions").text
    assert "Not worked through after 5 tries." in page

    path = f"/questions/{submission['_id']}/replay"
    answer = administrator.post(path, data={"csrf_token": csrf_token(administrator, "/questions")})

    assert answer.status_code == 303
    assert db.submissions.find_one({"_id": submission["_id"]})["state"] == "received"
    assert woken
    assert "Nothing waits for you here" in administrator.get("/questions").text


def test_a_question_that_a_record_left_is_put_in_words(administrator, db):
    problem = {"code": "entity.unknown", "message": "x"}
    db.submissions.insert_one(a_submission(1, problem=problem))

    assert "about a person who is not registered here" in administrator.get("/questions").text


def test_answers_that_cannot_be_right_lead_to_the_record_where_they_are_put_right(administrator, db):
    file = a_file(1)
    db.returnees.insert_one(file)
    item = a_submission(1, problem={"code": "submission.doubtful", "message": "x"})
    db.submissions.insert_one(item)
    db.records.insert_one({"_id": item["_id"], "entity_ids": [file["_id"]]})

    page = administrator.get("/questions").text

    assert "cannot be right" in page
    assert f'href="/caseload/{file["case_code"]}/records/{item["_id"]}"' in page


def test_records_on_which_phone_and_server_differ_are_shown_with_rule_and_cause(app, published):
    version = published.form_versions.find_one({"form_id": "intake"})["version"]
    parity = [
        {"code": "H2", "node": "step_2", "phone": False, "server": True, "cause": "clock"},
        {"code": "H5", "node": "step_5", "phone": True, "server": None, "cause": "rule"},
    ]
    record = {"form_id": "intake", "form_version": version, "worker_id": "worker-1", "received_at": NOW}
    published.records.insert_one({"_id": "uuid:1", **record, "parity": parity})

    page = client_as(app, published, "coordinator").get("/questions").text

    first, second = rows_of(page)
    assert version in first
    assert "Contact or threat from people of that time" in first
    assert first.endswith("No Yes The rule asks for the day: the clock of the phone may be wrong.")
    assert "Yes Not to be worked out The server cannot work this rule out." in second


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.5, "less than an hour left"),
        (21, "21 hours left"),
        (47.5, "47 hours left"),
        (49, "2 days left"),
        (-0.5, "just past"),
        (-1.2, "1 hour past"),
        (-72, "3 days past"),
    ],
)
def test_an_alert_says_how_long_there_is_to_answer_it(manager, db, hours, words):
    db.returnees.insert_one(a_file(1, alerts=[an_alert(answer_by=NOW + timedelta(hours=hours))]))

    assert f'<strong class="late">{words}</strong>' in manager.get("/caseload/KH-20-2026-0001X").text
    assert f"Alert: {words}" in text_of(manager.get("/caseload").text)


def test_why_a_person_must_look_is_said_in_full(manager, db):
    look = [
        {"code": "overdue", "on": "2026-11-01", "days": 14},
        {"code": "attempts", "on": "2026-11-01", "text": {"en": "Folded before: 3 attempts."}},
    ]
    review = an_indicator(name="R1", level="review", label={"en": "Two or more questions were refused"})
    risk = a_file(1)["risk"] | {"review": True, "look": look, "indicators": [review]}
    db.returnees.insert_one(a_file(1, risk=risk))

    page = text_of(manager.get("/caseload/KH-20-2026-0001X").text)

    said = "The visit of 1 November 2026 is 14 days late, or more.Folded before: 3 attempts."
    assert f"Somebody must look at this case {said}" in page
    khmer = manager.get("/caseload/KH-20-2026-0001X", headers={"Accept-Language": "km"}).text
    assert "ការចុះសួរសុខទុក្ខថ្ងៃ ១ វិច្ឆិកា ២០២៦ យឺត ១៤ ថ្ងៃ ឬលើសពីនេះ។" in khmer
    assert "Two or more questions were refused I have looked at this case" in page
    assert "KH-20-2026-0001XTo be looked at" in text_of(manager.get("/caseload").text)


SCORED = {"name": "phq3", "label": {"en": "Sleep?"}, "value": "3", "value_label": {}}
SEX = {"name": "sex_i", "label": {"en": "Sex, not Debt"}, "value": "male", "value_label": {}}


@pytest.mark.parametrize(
    ("indicators", "sentence"),
    [
        pytest.param(
            [an_indicator()],
            "Contact or threat: another answer to “Has anyone who took you there been in touch?”",
            id="a question",
        ),
        pytest.param(
            [an_indicator(condition="${score_phq9} >= 10", answers=[SCORED])],
            "Contact or threat: another result of “PHQ-9”",
            id="an instrument rather than its questions",
        ),
        pytest.param(
            [an_indicator(condition="${score_phq9} >= if(${sex_i}='male', 4, 3)", answers=[SEX])],
            "Contact or threat: another result of “PHQ-9”",
            id="never what she is",
        ),
        pytest.param(
            [an_indicator(condition="change of phq9 by +5", answers=[SCORED], until="2026-12-01")],
            "another answer to “Sleep?”; or time: it ends by itself after 1 December 2026",
            id="what ends by itself",
        ),
        pytest.param(
            [an_indicator(), an_indicator(level="medium", label={"en": "Debt"})],
            "This reason must end. It ends with: Contact or threat",
            id="only what holds the level",
        ),
    ],
)
def test_the_page_says_what_would_lower_the_level(manager, db, indicators, sentence):
    db.returnees.insert_one(a_file(1, risk=a_file(1)["risk"] | {"indicators": indicators}))

    page = text_of(manager.get("/caseload/KH-20-2026-0001X").text)

    lower = page[page.index("What would lower it") : page.index("Rules:")]
    assert sentence in lower
    assert "Debt" not in lower


@pytest.mark.parametrize(("language", "words"), [("en", "Presumed victim"), ("km", "ជនរងគ្រោះសន្មត")])
def test_a_score_that_is_a_code_is_shown_in_words(manager, db, language, words):
    score = a_file(1)["scores"]["phq9"] | {"value": "presumed_victim", "band": None, "band_label": {}}
    db.returnees.insert_one(a_file(1, scores={"palermo": score}))

    page = manager.get("/caseload/KH-20-2026-0001X", headers={"Accept-Language": language}).text

    assert f'class="figure">{words}</td>' in page
    assert "presumed_victim" not in page


@pytest.mark.parametrize(("language", "words"), [("en", "Met, but not alone"), ("km", "មិននៅតែពីរនាក់")])
def test_a_visit_that_could_not_be_made_in_private_says_so_in_words(manager, db, language, words):
    tried = {"on": TODAY.isoformat(), "outcome": "not_alone", "instance_id": "uuid:nowhere"}
    db.returnees.insert_one(a_file(1, follow_ups=[a_follow_up(1, due_on=TODAY) | {"attempts": [tried]}]))

    page = manager.get("/caseload/KH-20-2026-0001X", headers={"Accept-Language": language}).text

    assert words in page
    assert "not_alone" not in page


def test_many_visits_to_come_are_folded_away_behind_the_next_three(manager, db):
    visits = [a_follow_up(number, due_on=TODAY + timedelta(days=number)) for number in range(1, 20)]
    db.returnees.insert_one(a_file(1, follow_ups=visits))

    assert "16 later visits" in text_of(manager.get("/caseload/KH-20-2026-0001X").text)


def test_a_bug_is_logged_with_its_place_and_number_and_without_what_was_answered(manager, db):
    file = a_file(1)
    file["risk"]["on"] = "Sothea said this"  # a day that is none: a ValueError that quotes it
    db.returnees.insert_one(file)

    with capture_logs() as logs:
        answer = manager.get("/caseload/KH-20-2026-0001X")

    assert answer.status_code == 500
    entry = next(entry for entry in logs if entry["event"] == "server.unexpected")
    assert entry["error"] == "ValueError"
    assert entry["request_id"] in answer.text
    assert not re.search("Sothea|KH-20", str(logs) + text_of(answer.text))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param("20", "Svay Rieng", id="a province"),
        pytest.param("0105", "Ou Chrov, Banteay Meanchey", id="a district"),
        pytest.param("010501", "Changha, Ou Chrov, Banteay Meanchey", id="a commune"),
        pytest.param("010501-02", "Ta Chrueng, Changha, Ou Chrov, Banteay Meanchey", id="a village"),
        pytest.param("99", "99", id="what no list knows"),
        pytest.param("Thmei", "Thmei", id="what was written instead of chosen"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_place_is_named_the_smallest_part_first(code, name):
    assert place_name(code, "en") == name


def test_a_place_in_a_list_is_named_shortly():
    assert place_name("010501-02", "km", parts=2) == "តាជ្រឹង, ចង្ហា"
