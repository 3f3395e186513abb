"""Direct object references and traversal: addresses of what is not one's own, and of what is no address."""

import pytest

from sync.store import forms
from tests.attacks.house import COLLEAGUES, ENTITY, FOREIGN, NAMES, OWN, RECORD

SEEING = ("case_manager", "coordinator", "administrator")


def spellings(code: str) -> list[str]:
    """One person's address in all ways in which it could be meant."""
    return [
        code,
        code.lower(),
        f"%20{code}",
        f"{code}%20",
        f"{code}%00",
        ENTITY[code],
        ENTITY[code].upper(),
        code.replace("-", "%2D"),
    ]


@pytest.mark.parametrize("spelling", range(8))
@pytest.mark.parametrize("role", SEEING)
def test_nobody_of_another_organisation_is_shown(house, role, spelling):
    path = f"/caseload/{spellings(FOREIGN)[spelling]}"

    for address in (
        path,
        f"{path}/reason",
        f"{path}/records/{RECORD[FOREIGN]}",
        f"/caseload/find?code={path[10:]}",
    ):
        said = house.visitors[role].get(address)
        assert said.status == 404, address
        assert NAMES[FOREIGN] not in said.text


@pytest.mark.parametrize("spelling", range(8))
@pytest.mark.parametrize("role", ["case_manager", "coordinator"])
def test_a_colleagues_person_is_not_shown_without_a_reason(house, role, spelling):
    said = house.visitors[role].get(f"/caseload/{spellings(COLLEAGUES)[spelling]}")

    assert said.status in (303, 404)
    assert said.status == 404 or said.header("Location").endswith("/reason")
    assert NAMES[COLLEAGUES] not in said.text


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
@pytest.mark.parametrize("spelling", range(8))
def test_a_program_sees_its_team_only(house, code, spelling):
    said = house.program().get(f"/api/v1/returnees/{spellings(code)[spelling]}")

    assert said.status == 404
    assert NAMES[code] not in said.text


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
@pytest.mark.parametrize("role", ["outreach_worker", "auditor", "analyst"])
def test_who_sees_no_file_sees_none_by_its_address(house, role, code):
    for path in (f"/caseload/{code}", f"/caseload/{code}/reason", f"/caseload/find?code={code}"):
        said = house.visitors[role].get(path)
        assert said.status in (403, 404)
        assert NAMES[code] not in said.text


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
@pytest.mark.parametrize("kind", ["override", "review", "close", "acknowledge", "take_back", "excuse"])
def test_nobody_decides_about_somebody_elses_person(house, unchanged, code, kind):
    form = {"kind": kind, "decision_id": "00000000-0000-4000-8000-00000000000a", "reason": "x", "code": code}

    assert house.visitors["case_manager"].post(f"/caseload/{code}/decisions", form).status in (403, 404)
    body = {"kind": kind, "decision_id": form["decision_id"], "reason": "because of this", "level": "low"}
    assert house.program("decide").json("POST", f"/api/v1/returnees/{code}/decisions", body).status == 404


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
def test_a_record_is_not_reached_through_ones_own_person(house, code):
    said = house.visitors["case_manager"].get(f"/caseload/{OWN}/records/{RECORD[code]}")

    assert said.status == 404


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
def test_a_form_is_not_filled_in_about_somebody_elses_person(house, code):
    version = forms.current_version(house.db, "followup")
    said = house.visitors["case_manager"].get(f"/fill/followup/{version}/{code}/files/people.csv")

    assert said.status in (403, 404)
    assert NAMES[code] not in said.text


@pytest.mark.parametrize("code", [COLLEAGUES, FOREIGN])
def test_a_submission_of_others_is_not_told_of(house, code):
    assert house.program().get(f"/api/v1/submissions/{RECORD[code]}").status == 404
    assert RECORD[code] not in house.program().get("/api/v1/submissions?limit=200").text


@pytest.mark.parametrize(
    "path", ["/", "/caseload", "/caseload?which=all", "/caseload?limit=1000", "/questions", "/numbers"]
)
@pytest.mark.parametrize("role", ["case_manager", "outreach_worker"])
def test_no_list_holds_somebody_elses_person(house, role, path):
    said = house.visitors[role].get(path)

    for code in (COLLEAGUES, FOREIGN):
        assert code not in said.text
        assert NAMES[code] not in said.text


@pytest.mark.parametrize("query", ["q=Bopha", "q=Chenda", "q=KH-20-2026-0003X", "q=*", "q=.*", "q=%25", "q="])
def test_no_search_finds_somebody_elses_person(house, query):
    name, _, value = query.partition("=")
    said = house.visitors["case_manager"].post("/search", {name: value})

    assert said.status < 500
    assert NAMES[FOREIGN] not in said.text
    assert NAMES[COLLEAGUES] not in said.text


UP = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "..\\..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..;/..;/etc/passwd",
    "..%00/etc/passwd",
    "house.svg%00.html",
    "..%c0%af..%c0%afetc/passwd",
    "file:///etc/passwd",
    "C:/Windows/win.ini",
    "../app.py",
    "../../secret.key",
    "../../data/secret.key",
    "./././../pages.py",
    ".git/config",
]


@pytest.mark.parametrize("up", UP)
@pytest.mark.parametrize(
    "before", ["/static/", "/fill/followup/1/-/files/", "/forms/preview/form/intake/files/", "KEY"]
)
def test_no_address_leads_out_of_its_folder(house, before, up):
    visitor = house.visitors["coordinator"] if before != "KEY" else house.stranger()
    base = f"/key/{house.device}/forms/intake/media/" if before == "KEY" else before

    said = visitor.open("GET", base + up, headers={"X-OpenRosa-Version": "1.0"})

    assert said.status in (303, 400, 403, 404)
    for inside in ("root:", "[fonts]", "def install", "[core]"):
        assert inside not in said.text
    assert (house.data / "secret.key").read_bytes() not in said.body
