"""Contacts reach phones with the forms, and a new protocol brings new ones without a new form version."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.core.form import form_from
from sync.store import attachments, forms
from tests.javarosa import JavaRosa
from tests.xlsforms.tables import A_FORM, SURVEY, fixture, workbook
from xlsforms.convert import convert
from xlsforms.publish import publish

AT = datetime(2026, 1, 29, 3, 0, tzinfo=UTC)
CONTACTS = """
== contacts ==
| name | phone       | districts |
| Sok  | 012 345 678 | 0105      |
| Srey | 012 345 679 |           |
"""
WITH_CONTACTS = (
    SURVEY.replace("privacy   |\n", "privacy   | calculation |\n", 1)
    + "\n| csv-external | contacts | | | | | |"
    + "\n| calculate | call_whom | | | | | join(', ', instance('contacts')/root/item/label) |\n"
)


def contacts_of(db) -> str:
    (form,) = forms.current(db)
    (file,) = (file for file in form["media"] if file["name"] == "contacts.csv")
    return attachments.open(db, file["sha256"]).read().decode()


def put_protocol(db, text, version, after=0):
    content = workbook(fixture("trial_protocol").replace("| 7     |", f"| {version}     |"), text)
    return publish(db, content, "protocol.xlsx", AT + timedelta(days=after), "coordinator")


def test_a_form_is_published_with_the_contacts_of_the_protocol(db):
    put_protocol(db, CONTACTS, 7)

    publish(db, workbook(*A_FORM, WITH_CONTACTS), "trial.xlsx", AT, "coordinator")

    assert contacts_of(db).splitlines() == [
        "name,label,phone,district",
        "1,Sok: 012 345 678,012 345 678,0105",
        "2,Srey: 012 345 679,012 345 679,",
    ]


def test_a_new_number_reaches_phones_with_the_next_protocol_and_the_version_stays(db):
    put_protocol(db, CONTACTS, 7)
    publish(db, workbook(*A_FORM, WITH_CONTACTS), "trial.xlsx", AT, "coordinator")
    (before,) = forms.current(db)

    published = put_protocol(db, CONTACTS.replace("345 679", "345 670"), 8, after=1)

    (now,) = forms.current(db)
    assert published.forms_with_new_places == ("trial",)
    assert "Srey: 012 345 670" in contacts_of(db)
    assert now["version"] == before["version"]
    assert now["media"] != before["media"]


@pytest.mark.java
def test_the_next_step_goes_on_with_the_numbers_where_the_form_has_them(java: JavaRosa):
    made = convert(workbook(*A_FORM, WITH_CONTACTS), filename="trial.xlsx")
    listed = b"name,label,phone,district\n1,Sok: 012 345 678,012 345 678,\n"
    told = java.fill(made.xform, {"unsafe": "yes"}, media={"contacts.csv": listed}, language="en")
    assert [line["label"] for line in told["shown"] if line["name"] == "next_1"] == [
        "Please call your coordinator before you leave.\n\nSok: 012 345 678"
    ]


def test_a_form_without_numbers_shows_the_step_alone():
    made = convert(workbook(*A_FORM), filename="trial.xlsx")
    (label,) = (text["en"] for path, text in form_from(made.xform).labels.items() if path.endswith("next_1"))
    assert label == "Please call your coordinator before you leave."
