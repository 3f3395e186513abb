"""Publishing is all or nothing, can be done twice, and never changes what phones already have."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import encode

from sync.core.problem import Problem
from sync.store import attachments, forms, protocols
from tests.xlsforms.tables import A_FORM, CHOICES, RISK, SCORES, SETTINGS, SURVEY, fixture, workbook
from xlsforms.convert import convert
from xlsforms.findings import WorkbookRefused
from xlsforms.publish import publish

AT = datetime(2026, 1, 29, 3, 0, tzinfo=UTC)
NEXT_VERSION = SETTINGS.replace("2026010101", "2026010102")
WITH_PLACES = SURVEY.replace(
    "| text              | call_name", "| select_one_from_file provinces.csv | call_name"
)
WITH_FACES = SURVEY.replace("| text              | call_name", "| select_one_from_file faces.csv | call_name")
PROTOCOL = fixture("trial_protocol")
FACES = {"faces.csv": b"name,label\n1,a\n"}


def put(db, *sheets, after=0, media=None):
    content = workbook(*A_FORM, *sheets)
    return publish(db, content, "trial.xlsx", AT + timedelta(days=after), "coordinator", media=media)


def put_protocol(db, text=PROTOCOL, after=0):
    return publish(db, workbook(text), "protocol.xlsx", AT + timedelta(days=after), "coordinator")


def dump(db):
    """Every document of every collection, byte for byte."""
    return {
        name: [encode(d) for d in db[name].find().sort("_id", 1)]
        for name in sorted(db.list_collection_names())
    }


def test_a_published_form_is_listed_with_the_very_bytes_phones_get(db):
    published = put(db)

    (listed,) = forms.current(db)
    assert (published.form_id, published.version, published.state) == ("trial", "2026010101", "published")
    assert forms.xform_of(db, "trial", "2026010101") == convert(workbook(*A_FORM), filename="a.xlsx").xform
    assert (listed["title"], listed["languages"], listed["published_at"]) == (
        "Family visit T",
        ["en", "km"],
        AT,
    )
    assert "xform" not in listed


def test_the_original_workbook_is_kept(db):
    put(db)

    (listed,) = forms.current(db)
    assert attachments.open(db, listed["workbook_sha256"]).read()[:2] == b"PK"


def test_the_same_content_again_is_already_published_and_changes_nothing(db):
    put(db)
    before = dump(db)["form_versions"], dump(db)["forms"]

    again = put(db, after=1)

    assert again.state == "already published"
    assert (dump(db)["form_versions"], dump(db)["forms"]) == before


def test_other_content_under_a_published_version_is_refused_and_changes_nothing(db):
    put(db)
    before = dump(db)

    with pytest.raises(Problem) as problem:
        put(db, SURVEY.replace("Down ", "Sad  "))

    assert problem.value.code == "form.version_taken"
    assert dump(db) == before


def test_a_broken_workbook_leaves_everything_as_it_was(db):
    put(db, WITH_FACES, media=FACES)
    put_protocol(db)
    before = dump(db)

    with pytest.raises(WorkbookRefused):
        put(db, NEXT_VERSION, SURVEY.replace("select_one", "select_won"))
    with pytest.raises(WorkbookRefused):
        put(db, NEXT_VERSION, RISK.replace("${unsafe} = 'yes'", "${unsave} = 'yes'"))
    with pytest.raises(WorkbookRefused):
        put_protocol(db, PROTOCOL.replace("| 0105 |", "| 105 |"))
    with pytest.raises(Problem):
        publish(db, b"PK no workbook", "a.xlsx", AT, "coordinator")

    assert dump(db) == before


def test_an_older_version_still_accepts_submissions_after_a_newer_one(db):
    put(db)
    put(db, NEXT_VERSION, SURVEY.replace("Down ", "Sad  "), after=1)

    assert forms.exists(db, "trial", "2026010101")
    assert forms.form_definition(db, "trial", "2026010101").labels["/data/talk/phq2"]["en"] == "Down"
    assert [form["version"] for form in forms.current(db)] == ["2026010102"]


def test_an_older_workbook_published_again_is_what_phones_get_again(db):
    put(db)
    put(db, NEXT_VERSION, after=1)

    back = put(db, after=2)

    assert (back.state, back.before) == ("current again", "2026010102")
    assert forms.current_version(db, "trial") == "2026010101"


def test_a_version_is_unknown_until_it_is_published(db):
    assert not forms.exists(db, "trial", "2026010101")
    with pytest.raises(Problem) as problem:
        forms.form_definition(db, "trial", "2026010101")

    put(db)

    assert problem.value.code == "form.version_unknown"
    assert forms.exists(db, "trial", "2026010101")


def test_privacy_marks_reach_the_form_definition(db):
    put(db)

    fields = forms.form_definition(db, "trial", "2026010101").fields
    assert fields["/data/call_name"].privacy == "identity"
    assert fields["/data/talk/phq1"].privacy == "sensitive"


def test_rules_come_back_from_the_database_as_they_were_published(db):
    put(db)

    converted = convert(workbook(*A_FORM), filename="a.xlsx")
    assert forms.rules_of(db, "trial", "2026010101") == converted.rules


def test_files_given_with_one_version_go_with_the_next(db):
    put(db, WITH_FACES, media=FACES)

    put(db, WITH_FACES, NEXT_VERSION, after=1)

    (listed,) = forms.current(db)
    (file,) = listed["media"]
    assert (listed["version"], file["name"], file["source"]) == ("2026010102", "faces.csv", "given")
    assert attachments.open(db, file["sha256"]).read() == FACES["faces.csv"]


def test_new_places_renew_the_place_lists_of_published_forms_and_keep_the_old_ones(db):
    put_protocol(db)
    put(db, WITH_PLACES)
    (before,) = forms.current(db)

    changed = put_protocol(
        db,
        PROTOCOL.replace("| 0105 |", "| 24   |").replace("| 7     |", "| 8     |"),
        after=1,
    )

    (now,) = forms.current(db)
    assert changed.forms_with_new_places == ("trial",)
    assert now["version"] == before["version"]
    assert now["md5"] == before["md5"]
    assert now["media"][0]["md5"] != before["media"][0]["md5"]
    kept = db.form_versions.find_one({})["media_history"]
    assert [(old["media"], old["until"]) for old in kept] == [(before["media"], AT + timedelta(days=1))]


def test_levels_and_dimensions_of_rules_must_be_those_of_the_published_protocol(db):
    put_protocol(db)

    with pytest.raises(WorkbookRefused) as refused:
        put(db, RISK.replace("| safety ", "| savety "))

    assert [str(f) for f in refused.value.findings] == [
        "risk, row 2, dimension: There is no dimension named “savety”. Did you mean safety?"
    ]


def test_the_newest_protocol_counts(db):
    assert protocols.current(db) is None
    put_protocol(db)
    put_protocol(db, PROTOCOL.replace("| 7     |", "| 8     |"), after=1)

    current = protocols.current(db)
    assert current is not None
    assert current.version == "8"
    assert put_protocol(db, after=2).state == "already published"


def test_a_protocol_version_is_immutable_too(db):
    put_protocol(db)

    with pytest.raises(Problem) as problem:
        put_protocol(db, PROTOCOL.replace("| 20    |", "| 21    |"))

    assert problem.value.code == "form.version_taken"


def test_a_list_of_choices_may_be_renamed_only_under_a_new_version(db):
    put(db)

    with pytest.raises(Problem):
        put(db, CHOICES.replace("Not at all", "Never     "))
    assert put(db, CHOICES.replace("Not at all", "Never     "), NEXT_VERSION).state == "published"


def test_a_form_that_drops_a_rule_or_score_says_for_whom_it_ends(db):
    put(db)
    without = "\n".join(line for line in RISK.splitlines() if "| M1 " not in line)
    scores = "\n".join(line for line in SCORES.splitlines() if "| both " not in line)

    published = put(db, NEXT_VERSION, without, scores)

    assert [(f.sheet, f.severity, f.message.partition(" is")[0]) for f in published.findings] == [
        ("scores", "warning", "“both” of version 2026010101"),
        ("risk", "warning", "“M1” of version 2026010101"),
    ]


def test_an_example_that_comes_out_otherwise_blocks_the_protocol(db):
    put(db)

    with pytest.raises(WorkbookRefused) as refused:
        put_protocol(db, PROTOCOL.replace("unsafe=yes", "unsafe=no "))

    assert [(f.sheet, f.row, f.message) for f in refused.value.findings] == [
        ("examples", 2, "Example “Not safe” gives low, not high.")
    ]
    assert protocols.current(db) is None


def test_an_example_that_comes_out_otherwise_blocks_the_form_that_made_it_so(db):
    put(db)
    put_protocol(db)

    with pytest.raises(WorkbookRefused) as refused:
        put(db, NEXT_VERSION, RISK.replace("${unsafe} = 'yes'", "${unsafe} = 'unk'"))

    assert "Example “Not safe” of the protocol (row 2) gives low, not high." in str(refused.value)
    assert forms.current_version(db, "trial") == "2026010101"


def test_an_example_that_answers_a_renamed_question_is_asked_by_its_new_name(db):
    put(db)
    put_protocol(db)
    renamed = [sheet.replace("unsafe", "not_safe") for sheet in (SURVEY, SCORES, RISK)]

    assert put(db, NEXT_VERSION, *renamed).state == "published"


def test_examples_that_answer_a_question_which_is_gone_are_told_at_once_with_the_way_out(db):
    put(db)
    put_protocol(db, PROTOCOL.replace("unsafe=yes; phq1=1", "unsafe=yes; call_name=Sok"))
    gone = "\n".join(line for line in SURVEY.splitlines() if "| call_name" not in line)

    with pytest.raises(WorkbookRefused) as refused:
        put(db, NEXT_VERSION, gone.replace("${call_name}", ""))

    told = [(f.message, f.fix) for f in refused.value.findings if "xamples" in f.message]
    assert told == [
        (
            "Examples of the protocol (rows 2) answer questions the form does not have: call_name.",
            "Publish the protocol first, with these answers taken out of its examples; then this.",
        )
    ]


def test_an_example_of_a_form_nobody_published_yet_only_warns(db):
    assert [(f.row, f.severity) for f in put_protocol(db).findings] == [(2, "warning")]
