"""The protocol's later sheets: trends, holidays, contacts, services, profile, weights; their settings."""

import csv
import io
from collections import Counter
from datetime import date

import pytest

from sync.core.protocol import Contact, Protocol, Trend
from tests.xlsforms.our_workbooks import FOLDER, questions, sheets
from tests.xlsforms.tables import fixture, workbook
from xlsforms.contacts import contacts_media, protocol_media
from xlsforms.findings import Finding
from xlsforms.places import FILES
from xlsforms.protocol import read_protocol
from xlsforms.protocol_rows import WEEKDAYS
from xlsforms.sheets import read_book
from xlsforms.wording import not_neutral

SHEETS = fixture("protocol_sheets")
TRIAL = fixture("trial_protocol")


def read(text: str = SHEETS) -> tuple[Protocol | None, tuple[Finding, ...]]:
    return read_protocol(read_book(workbook(TRIAL, text), filename="protocol.xlsx"))


def ours() -> Protocol:
    content = (FOLDER / "protocol.xlsx").read_bytes()
    protocol, findings = read_protocol(read_book(content, filename="protocol.xlsx"))
    assert findings == ()
    assert protocol is not None
    return protocol


def test_every_row_is_read_with_all_it_says() -> None:
    protocol, findings = read()

    assert findings == ()
    assert protocol is not None
    assert [(t.code, t.score, t.change, t.level, t.respond_within_hours) for t in protocol.trends] == [
        ("T1", "phq9", 5, "medium", 336),
        ("T3", "who5", -10, "review", None),
    ]
    assert [(day.on, day.name["en"]) for day in protocol.holidays] == [
        ("2026-04-14", "New Year"),
        ("2026-11-09", "Independence"),
    ]
    assert protocol.contacts == (
        Contact(
            name="Coordinator",
            phone="012 345 678",
            districts=("0105", "0109"),
            last_checked_on="2026-01-31",
        ),
        Contact(name="Police", phone="117"),
    )
    clinic, lawyer = protocol.services
    assert (clinic.helps_with, clinic.serves, clinic.consent) == (
        ("health", "talk"),
        ("women", "girls"),
        "share_health",
    )
    assert (clinic.districts, clinic.last_verified_on) == (("01", "0210"), "2026-02-01")
    assert (lawyer.serves, lawyer.districts, protocol.service("lawyer")) == ((), (), lawyer)
    assert [(item.question, item.good, item.middle, item.poor) for item in protocol.profile] == [
        ("housing", ("own", "family"), ("rented",), ("temporary", "unsafe")),
        ("stigma", ("never",), (), ("often",)),
    ]
    (weight,) = protocol.weights
    assert (weight.item, weight.answer, weight.value, weight.weight) == ("housing", "own", 1, 0.25)


def test_what_is_read_goes_to_the_database_and_back_without_loss() -> None:
    protocol, _ = read()

    assert protocol is not None
    assert Protocol.from_document(protocol.document()) == protocol


def test_a_protocol_without_these_sheets_is_still_one() -> None:
    protocol, findings = read_protocol(read_book(workbook(TRIAL), filename="protocol.xlsx"))

    assert findings == ()
    assert protocol is not None
    assert (protocol.trends, protocol.holidays, protocol.contacts, protocol.weights) == ((), (), (), ())


@pytest.mark.parametrize(
    ("before", "after", "place", "said"),
    [
        ("| T1   |", "| 1 T  |", "trends, row 2, code", "cannot stand here"),
        ("| T3   |", "| T1   |", "trends", "more than once"),
        ("| phq9  |", "| PHQ 9 |", "trends, row 2, score", "name of a score"),
        ("| 5      |", "| five |", "trends, row 2, change", "not a number"),
        ("| 5      |", "| 0      |", "trends, row 2, change", "always hold"),
        ("| 5      |", "|        |", "trends, row 2, change", "empty"),
        ("| medium | 14 days", "| mediun | 14 days", "trends, row 2, level", "Did you mean medium?"),
        ("| health    | medium", "| helth     | medium", "trends, row 2, dimension", "Did you mean health?"),
        ("| A paper 2004 |", "|              |", "trends, row 2, source", "published"),
        ("| 2026-04-14 |", "| 14/4/26    |", "holidays, row 2, on", "not a day"),
        ("| 2026-04-14 |", "| 2569-04-14 |", "holidays, row 2, on", "Write 2026-04-14."),
        ("| 2026-11-09 |", "| 2026-04-14 |", "holidays", "more than once"),
        ("| Police      |", "| Victim line |", "contacts, row 3, name", "must not stand on a phone"),
        ("| 117         |", "| call us     |", "contacts, row 3, phone", "Write digits"),
        ("| 0105 0109 |", "| 105 0109  |", "contacts, row 2, districts", "Did you mean 0105?"),
        ("| 0105 0109 |", "| 9999      |", "contacts, row 2, districts", "no district"),
        ("| 2026-01-31      |", "| 2569-01-31      |", "contacts, row 2, last checked on", "2026-01-31"),
        ("| health talk |", "| helth talk  |", "services, row 2, helps with", "Did you mean health?"),
        ("| women girls |", "| everyone    |", "services, row 2, serves", "women, men, girls, boys"),
        ("| share_legal  |", "| share_legally |", "services, row 3, consent", "Did you mean share_legal?"),
        ("| share_legal  |", "|              |", "services, row 3, consent", "share_health, share_legal"),
        ("| 01 0210   |", "| 01 021    |", "services, row 2, districts", "no district"),
        ("| lawyer |", "| clinic |", "services", "more than once"),
        ("| own, family |", "| own, rented |", "profile, row 2, middle", "two columns"),
        ("| never       |", "|             |", "profile, row 3, good", "empty"),
        ("| psychosocial |", "| pyschosocial |", "profile, row 3, dimension", "Did you mean psychosocial?"),
        ("| stigma   |", "| housing  |", "profile", "more than once"),
        ("| 0.25   |", "| a lot  |", "weights, row 2, weight", "not a number"),
        ("| 0.25   |", "|        |", "weights, row 2, weight", "official annex"),
        ("| page 3   |", "|          |", "weights, row 2, evidence", "published"),
        ("| Srey            |", "| sok             |", "settings", "second person"),
        ("| saturday sunday |", "| saturday sonday |", "settings, row 3, value", "Did you mean sunday?"),
        ("| high            | levels", "| hihg            | levels", "settings, row 4, value", "high"),
        ("| 3               |", "| three           |", "settings, row 5, value", "not a number"),
        ("| call_name due   |", "| level           |", "settings, row 6, value", "call_name, due"),
    ],
)
def test_a_bad_cell_is_reported_at_its_place_with_what_to_do(
    before: str, after: str, place: str, said: str
) -> None:
    assert before in SHEETS

    protocol, findings = read(SHEETS.replace(before, after, 1))

    assert protocol is None
    assert [f for f in findings if f.place.startswith(place) and said in f"{f.message} {f.fix}"], findings


def test_every_bad_row_of_every_sheet_comes_in_one_pass() -> None:
    spoilt = SHEETS.replace("| 5      |", "| five |").replace("| 117 ", "| none ").replace("| never ", "| ")
    spoilt = spoilt.replace("2026-11-09", "2569-11-09").replace("| 0.25   |", "| half |")

    found = {finding.sheet for finding in read(spoilt)[1]}

    assert found == {"trends", "contacts", "profile", "holidays", "weights"}


def test_weights_nobody_has_confirmed_are_told_about_but_stop_nothing() -> None:
    protocol, findings = read(SHEETS.replace("| Srey            |", "|                 |"))

    assert protocol is not None
    (finding,) = findings
    assert (finding.sheet, finding.severity) == ("weights", "warning")


# --- contacts on phones


def test_contacts_become_a_list_for_phones_with_name_number_and_districts() -> None:
    protocol, _ = read()
    assert protocol is not None

    rows = list(csv.DictReader(io.StringIO(contacts_media(protocol.contacts).decode())))

    assert rows == [
        {"name": "1", "label": "Coordinator: 012 345 678", "phone": "012 345 678", "district": "0105 0109"},
        {"name": "2", "label": "Police: 117", "phone": "117", "district": ""},
    ]


def test_the_same_contacts_give_the_same_bytes_and_none_give_the_header_alone() -> None:
    assert contacts_media(ours().contacts) == contacts_media(ours().contacts)
    assert contacts_media(()) == b"name,label,phone,district\n"


def test_forms_get_places_and_contacts_from_the_protocol() -> None:
    assert set(protocol_media(ours())) == {*FILES, "contacts.csv"}
    assert protocol_media(None)["contacts.csv"] == contacts_media(())


# --- our own protocol


def test_only_published_changes_are_trends_and_each_names_its_paper() -> None:
    found = {trend.code: trend for trend in ours().trends}

    assert {code: (t.score, t.change) for code, t in found.items()} == {
        "T1": ("phq9", 5),
        "T2": ("gad7", 4),
        "T3": ("who5_percent", -10),
    }
    assert all(isinstance(t, Trend) and "20" in t.source for t in found.values())


def test_the_scores_that_trends_follow_are_scores_of_both_visits() -> None:
    for form in ("intake", "followup"):
        assert {t.score for t in ours().trends} <= {row["name"] for row in sheets(form)["scores"]}


def test_holidays_of_three_years_are_there_with_a_word_on_those_that_move() -> None:
    assert Counter(date.fromisoformat(day.on).year for day in ours().holidays) == {
        2026: 21,
        2027: 22,
        2028: 22,
    }
    moving = [row for row in sheets("protocol")["holidays"] if row["moves"] == "yes"]
    assert any("Pchum Ben" in row["name::English (en)"] for row in moving)
    assert all("announced" in row["source"] for row in moving)


def test_what_phones_show_of_contacts_is_neutral_and_no_invented_number_can_be_called() -> None:
    contacts = ours().contacts
    assert not [contact.name for contact in contacts if not_neutral(contact.name)]
    for row in sheets("protocol")["contacts"]:
        assert ("EXAMPLE" in row["remark"]) == row["phone"].startswith("000 000"), row
    assert all(contact.last_checked_on == "" for contact in contacts)


def test_the_numbers_for_her_sheet_are_read_in_their_order_with_neutral_words() -> None:
    hotlines = ours().hotlines
    assert [one.phone for one in hotlines] == ["117", "1280", "1288", "119"]
    assert not [one for one in hotlines for words in one.label.values() if not_neutral(words)]
    assert all(set(one.label) == {"en", "km"} and one.last_checked_on == "" for one in hotlines)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("| call us | Police | ប៉ូលិស |", "hotlines, row 2, phone"),
        ("| 117 | Victim line | ប៉ូលិស |", "hotlines, row 2, label"),
        ("| 117 | Police | ប៉ូលិស |\n| 117 | Police | ប៉ូលិស |", "hotlines"),
    ],
    ids=["no number", "a telling word", "twice"],
)
def test_a_bad_number_for_her_sheet_stops_the_protocol(row: str, place: str) -> None:
    header = "| phone | label::English (en) | label::Khmer (km) |"
    protocol, findings = read(f"{SHEETS}\n== hotlines ==\n{header}\n{row}\n")
    assert protocol is None
    assert [finding for finding in findings if finding.place.startswith(place)], findings


def test_the_profile_sorts_every_answer_that_says_something_into_one_of_three() -> None:
    asked = questions("followup")
    for item in ours().profile:
        list_name = asked[item.question]["type"].split()[1]
        offered = {row["name"] for row in sheets("followup")["choices"] if row["list_name"] == list_name} - {
            "ref",
            "unk",
            "other",
        }
        assert {*item.good, *item.middle, *item.poor} == offered, item.question


def test_the_profile_has_the_three_dimensions_and_says_whose_it_is() -> None:
    assert {item.dimension for item in ours().profile} == {"economic", "social", "psychosocial"}
    assert {row["source"] for row in sheets("protocol")["profile"]} == {
        "proposal: our own profile, not the IOM RSS"
    }


def test_the_official_weights_ship_empty_and_unconfirmed() -> None:
    protocol = ours()
    assert protocol.weights == ()
    assert protocol.settings["weights_imported_by"] == protocol.settings["weights_confirmed_by"] == ""


def test_every_setting_has_its_unit_its_meaning_and_its_evidence() -> None:
    for row in sheets("protocol")["settings"]:
        assert row["what it does"], row
        if row["name"] != "version":
            assert row["unit"], row
            assert row["evidence"], row
    assert set(ours().settings["shift_weekends"].split()) <= set(WEEKDAYS)
