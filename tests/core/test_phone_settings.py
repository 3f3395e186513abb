"""What phones are set to, and lists of phones out of Excel."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import segno

from server.phones.settings_qr import settings_for
from sync.core.phone_csv import read_phones
from sync.core.phone_settings import (
    LOCKS,
    PhoneSettings,
    collect_settings,
    document_from,
    faults_in,
    settings_from,
)
from sync.core.worker import Worker

URL = "https://pteah.example.org/key/" + "x" * 64
STRICT = PhoneSettings(
    project_name="ផ្ទះ North", icon="🌳", colour="#3e9fcc", updates="previously_downloaded",
    update_every="every_one_hour", autosend="wifi_only", delete_sent=False, app_language="km",
    admin_password="1234 រឹង", locked=LOCKS,
)  # fmt: skip

# As ODK Collect's JSON schema has them (collect_contract.md 9): another type refuses the whole code.
TEXT = {
    "server_url", "form_update_mode", "periodic_form_updates_check", "autosend", "app_language",
    "metadata_username",
}  # fmt: skip


@pytest.mark.parametrize("settings", [PhoneSettings(), STRICT])
def test_every_setting_has_the_type_that_collect_insists_on(settings):
    told = json.loads(zlib.decompress(base64.b64decode(settings_for(URL, "", settings, "dara"))))

    assert told.keys() == {"general", "admin", "project"}
    for name, value in told["general"].items():
        assert isinstance(value, str if name in TEXT else bool), name
    assert all(value is False for name, value in told["admin"].items() if name != "admin_pw")
    assert told["general"]["server_url"] == URL
    assert told["general"]["metadata_username"] == "dara"
    assert all(isinstance(value, str) for value in told["project"].values())


def test_what_is_as_collect_has_it_by_itself_is_left_out_of_the_code():
    plain = PhoneSettings(updates="manual", autosend="off", delete_sent=False)

    assert collect_settings(plain, URL)["general"] == {"server_url": URL}


def test_a_lock_is_a_switch_turned_off_under_the_administrators_password():
    admin = collect_settings(STRICT, URL)["admin"]

    assert admin.pop("admin_pw") == "1234 រឹង"
    assert admin == dict.fromkeys(LOCKS, False)


def test_the_code_stays_readable_with_everything_locked():
    code = segno.make(settings_for(URL, "", STRICT, "outreach-17"), error="l", micro=False)

    assert code.symbol_size(border=0)[0] <= 17 + 4 * 20  # 97 modules: 2 mm each on a sheet of paper


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"project_name": " "}, "project_name"),
        ({"project_name": "x" * 41}, "project_name"),
        ({"project_name": "a\nb"}, "project_name"),
        ({"icon": ""}, "icon"),
        ({"colour": "blue"}, "colour"),
        ({"colour": "#3E9FCC"}, "colour"),
        ({"updates": "sometimes"}, "updates"),
        ({"autosend": "true"}, "autosend"),
        ({"update_every": ""}, "update_every"),
        ({"app_language": "fr"}, "app_language"),
        ({"locked": ("change_server",)}, "locked"),
        ({"locked": ("everything",), "admin_password": "1234"}, "locked"),
        ({"admin_password": "x" * 41}, "admin_password"),
    ],
)
def test_settings_that_collect_could_not_use_are_named(changed, fault):
    assert faults_in(replace(PhoneSettings(), **changed)) == [fault]
    assert faults_in(PhoneSettings()) == faults_in(STRICT) == []


def test_settings_are_read_back_as_kept_and_nonsense_in_the_database_counts_as_not_there():
    assert settings_from(document_from(STRICT)) == STRICT
    assert (
        settings_from({"project_name": 7, "delete_sent": "yes", "locked": [], "other": 1}) == PhoneSettings()
    )


# --- a CSV file of phones

DARA = Worker(id="dara", name="Dara Chan", team="north")
LEFT = Worker(id="left", name="Left", left_at=datetime(2026, 1, 1, tzinfo=UTC))
KNOWN = {"dara": DARA, "left": LEFT}
GOOD = (
    "name,worker,worker name,team,places,covers,ahead days\r\n"
    "Phone 1,dara,,,,,\r\n"
    "ទូរសព្ទ ២,sophea,សុភា,north,20 2001,places,14\r\n"
    ",,,,,,\r\n"
    "Phone 3,sophea,,,,,\r\n"
)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";").encode("utf-8-sig"),
        GOOD.replace(",", "\t").encode("utf-16"),
        GOOD.replace("worker name", "Worker_Name").replace("\r\n", "\n").encode(),
    ],
)
def test_a_file_as_excel_writes_it_is_read_whatever_separates_its_cells(content):
    read = read_phones(content, KNOWN, ())

    assert read.findings == ()
    sophea = Worker(
        id="sophea", name="សុភា", team="north", places=("20", "2001"), covers="places", ahead_days=14
    )
    assert read.phones == (("Phone 1", DARA), ("ទូរសព្ទ ២", sophea), ("Phone 3", sophea))


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (",dara", ["phone_csv.name_invalid"]),
        ("x" * 61 + ",dara", ["phone_csv.name_invalid"]),
        ("Taken,dara", ["phone_csv.name_taken"]),
        ("P,", ["worker.id_invalid"]),
        ("P,not a name", ["worker.id_invalid"]),
        ("P,$where", ["worker.id_invalid"]),
        ("P,left", ["worker.left"]),
        ("P,dara,Somebody else", ["phone_csv.worker_differs"]),
        ("P,new,New,,99", ["worker.place_unknown"]),
        ("P,new,New,,,everybody", ["worker.covers_unknown"]),
        ("P,new,New,,,team", ["worker.covers_nothing"]),
        ("P,new,New,,,places", ["worker.covers_nothing"]),
        ("P,new,New,,,,soon", ["worker.ahead_days_invalid"]),
        ("P,new,New,,,,៣", ["worker.ahead_days_invalid"]),
        ("P,new,New,,,,367", ["worker.ahead_days_invalid"]),
        (",left", ["phone_csv.name_invalid", "worker.left"]),
    ],
)
def test_every_fault_of_a_line_is_named_and_then_no_phone_is_given(line, codes):
    content = f"name,worker,worker name,team,places,covers,ahead days\nGood,dara\n{line}\n"
    read = read_phones(content.encode(), KNOWN, {"Taken"})

    assert [(one.line, one.problem.code) for one in read.findings] == [(3, code) for code in codes]
    assert read.phones == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "phone_csv.columns_missing"),
        (b"name,worker\n", "phone_csv.empty"),
        (b"phone;who\nP;dara", "phone_csv.columns_missing"),
        (b"name,worker,token\nP,dara,x", "phone_csv.columns_unknown"),
        (b"PK\x03\x04\x14\x00\x06\x00", "phone_csv.unreadable"),
        (b"\xff\xfe\xff", "phone_csv.unreadable"),
        (b"name,worker\n" + b"\xe9,dara\n", "phone_csv.unreadable"),
        (b"name,worker\n" + b"x,dara\n" * 200_000, "phone_csv.too_large"),
        (b"name,worker\n" + b"".join(b"p%d,dara\n" % n for n in range(1_001)), "phone_csv.too_large"),
        (b"name,worker\n" + b"x" * 200_000 + b",dara\n", "phone_csv.unreadable"),
    ],
)
def test_a_file_that_is_no_list_of_phones_is_refused_in_one_sentence(content, code):
    read = read_phones(content, KNOWN, ())

    assert [(one.line, one.problem.code) for one in read.findings] == [(0, code)]
    assert read.findings[0].problem.message("km") != read.findings[0].problem.message("en")
