"""What a phone is given: collect_contract.md sections 1 to 5 and 12, central_behaviour.md sections 1 to 3."""

import hashlib
from dataclasses import replace

import pytest
from werkzeug.test import Client

from sync.store import devices, forms
from tests.server.phones_kit import (
    HEADERS,
    MADE_AT,
    PLACES,
    Phone,
    elements,
    publish,
    sentence,
    texts,
)

XML_ANSWERS = ["formList", "manifests/screening/1.xml", "entities/people/integrity"]


@pytest.fixture
def phone(db, config) -> Phone:
    return Phone(db, config)


@pytest.fixture
def listed(phone) -> Phone:
    """A phone for which one form with a file and the list of people is published."""
    publish(phone.db, media={"places.csv": PLACES}, entity_lists=["people"])
    return phone


def test_the_form_list_names_what_collect_needs(listed):
    response = listed.get("formList")

    (form,) = elements(response, "xforms/xform")
    assert {child.tag: child.text for child in form} == {
        f"{{http://openrosa.org/xforms/xformsList}}{name}": text
        for name, text in {
            "formID": "screening",
            "name": "Registration",
            "version": "1",
            "hash": "md5:" + hashlib.md5(listed.get("forms/screening/1.xml").data).hexdigest(),
            "downloadUrl": f"http://localhost/key/{listed.token}/forms/screening/1.xml",
            "manifestUrl": f"http://localhost/key/{listed.token}/manifests/screening/1.xml",
        }.items()
    }


def test_what_the_form_list_hashes_is_what_is_served(listed):
    response = listed.get("formList")
    (url,), (announced,) = texts(response, "xforms/xform/downloadUrl"), texts(response, "xforms/xform/hash")

    assert announced == "md5:" + hashlib.md5(listed.follow(url).data).hexdigest()


@pytest.mark.parametrize("path", XML_ANSWERS)
def test_xml_answers_carry_what_collect_looks_for(listed, path):
    response = listed.get(path)

    assert response.status_code == 200
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert response.headers["X-OpenRosa-Accept-Content-Length"] == "100000000"
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "no-cache" in response.headers["Cache-Control"]
    assert "max-age" not in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers
    assert response.data.startswith(b"<?xml")


@pytest.mark.parametrize("path", [*XML_ANSWERS, "submission"])
@pytest.mark.parametrize("version", [None, "", "2.0"])
def test_whoever_does_not_speak_openrosa_1_0_is_told_so(listed, path, version):
    headers = {} if version is None else {"X-OpenRosa-Version": version}

    response = listed.get(path, headers=headers)

    assert response.status_code == 400
    assert "ODK Collect" in sentence(response)


@pytest.mark.parametrize(
    "path", ["forms/screening/1.xml", "media/screening/1/places.csv", "entities/people.csv"]
)
def test_forms_and_files_are_given_without_the_version_header(listed, path):
    assert listed.get(path, headers={}).status_code == 200


@pytest.mark.parametrize(
    "path", [*XML_ANSWERS, "forms/screening/1.xml", "media/screening/1/places.csv", "entities/people.csv"]
)
def test_what_a_phone_has_already_is_not_sent_again(listed, path):
    etag = listed.get(path).headers["ETag"]

    response = listed.get(path, headers={**HEADERS, "If-None-Match": etag})

    assert response.status_code == 304
    assert response.data == b""
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize("path", [*XML_ANSWERS, "forms/screening/1.xml", "media/screening/1/places.csv"])
def test_head_gives_the_headers_without_the_body(listed, path):
    full, head = listed.get(path), listed.ask("HEAD", path)

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(full.data))
    assert head.headers["ETag"] == full.headers["ETag"]


@pytest.mark.parametrize(
    "path", ["formList/", "/formList", "forms//screening/1.xml", "entities/people/integrity/"]
)
def test_a_slash_too_many_is_no_reason_to_redirect(listed, path):
    assert listed.get(path).status_code == 200


@pytest.mark.parametrize("root", ["//key", "///key/", "/key//"])
def test_nor_is_one_before_the_phone_s_key(listed, root):
    path = f"{root}/{listed.token}/formList"
    answer = listed.client.get("/", headers=HEADERS, environ_overrides={"PATH_INFO": path})
    assert answer.status_code == 200
    assert answer.data == listed.get("formList").data


def test_the_form_list_can_be_narrowed_to_one_form(phone):
    publish(phone.db, "screening")
    publish(phone.db, "followup")

    assert texts(phone.get("formList", query={"formID": "followup"}), "xforms/xform/formID") == ["followup"]
    assert texts(phone.get("formList", query={"formID": "other"}), "xforms/xform/formID") == []


def test_each_form_is_listed_once_in_its_current_version_by_title(phone):
    publish(phone.db, "screening", "1", title="B")
    publish(phone.db, "screening", "2", title="B & <b>")
    publish(phone.db, "followup", "1", title="A")

    response = phone.get("formList")

    assert texts(response, "xforms/xform/name") == ["A", "B & <b>"]
    assert texts(response, "xforms/xform/version") == ["1", "2"]


def test_a_withdrawn_form_is_not_listed_but_its_xml_is_still_there_until_it_is_closed(phone):
    publish(phone.db, "screening", state="closing")

    assert texts(phone.get("formList"), "xforms/xform/formID") == []
    assert phone.get("forms/screening/1.xml").status_code == 200
    forms.set_state(phone.db, "screening", "closed")
    assert phone.get("forms/screening/1.xml").status_code == 404


def test_an_earlier_version_can_still_be_fetched(phone):
    publish(phone.db, "screening", "1")
    publish(phone.db, "screening", "2")

    assert b"screening 1" in phone.get("forms/screening/1.xml").data


def test_only_a_form_with_files_has_a_manifest_url(phone):
    publish(phone.db, "plain")
    publish(phone.db, "visits", entity_lists=["people"])

    (url,) = texts(phone.get("formList"), "xforms/xform/manifestUrl")

    assert url.endswith("/manifests/visits/1.xml")
    assert texts(phone.get("manifests/plain/1.xml"), "manifest/mediaFile") == []


def test_addresses_are_those_the_operator_says(db, config):
    phone = Phone(db, replace(config, public_url="https://homes.example.org"))
    publish(db)

    (url,) = texts(phone.get("formList"), "xforms/xform/downloadUrl")

    assert url == f"https://homes.example.org/key/{phone.token}/forms/screening/1.xml"


@pytest.mark.parametrize(("proxies", "expected"), [(1, "https://homes.example.org"), (0, "http://localhost")])
def test_a_proxy_is_believed_only_if_the_operator_trusts_it(db, config, proxies, expected):
    phone = Phone(db, replace(config, trusted_proxies=proxies))
    publish(db)
    told = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "homes.example.org",
        "X-Forwarded-For": "10.0.0.9",
    }

    (url,) = texts(phone.get("formList", headers={**HEADERS, **told}), "xforms/xform/downloadUrl")

    assert url.startswith(f"{expected}/key/")


def test_addresses_are_percent_encoded(phone):
    publish(phone.db, media={"ផែនទី ភូមិ.png": b"png"})

    (url,) = texts(phone.get("manifests/screening/1.xml"), "manifest/mediaFile/downloadUrl")

    assert url.isascii()
    assert " " not in url
    assert phone.follow(url).data == b"png"


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "../../etc", "%00", "សុខ"])
@pytest.mark.parametrize("path", ["formList", "submission", "forms/screening/1.xml", "nothing"])
def test_an_unknown_phone_is_refused_in_its_own_format(listed, token, path):
    response = listed.client.get(f"/key/{token}/{path}", headers=HEADERS)

    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "WWW-Authenticate" not in response.headers
    assert "coordinator" in sentence(response)


def test_a_revoked_phone_is_refused_everywhere(listed):
    assert listed.get("formList").status_code == 200

    devices.revoke(listed.db, devices.id_of(listed.token), at=MADE_AT)

    for path in ("formList", "forms/screening/1.xml", "entities/people.csv", "submission"):
        assert listed.get(path).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "", 404),
        ("GET", "forms/other/1.xml", 404),
        ("GET", "forms/screening/9.xml", 404),
        ("GET", "forms/screening/1.xlsx", 404),
        ("GET", "manifests/other/1.xml", 404),
        ("GET", "media/screening/1/other.csv", 404),
        ("GET", "media/screening/1/..%2F..%2Fetc%2Fpasswd", 404),
        ("GET", "entities/others.csv", 404),
        ("GET", "entities/others/integrity", 404),
        ("POST", "formList", 405),
        ("DELETE", "submission", 405),
        ("BREW", "submission", 405),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(listed, method, path, status):
    response = listed.ask(method, path)

    assert response.status_code == status
    assert sentence(response)


def test_a_broken_store_is_never_an_empty_list(listed):
    listed.db.form_versions.update_one({}, {"$unset": {"title": ""}})

    response = listed.get("formList")

    assert response.status_code == 500
    assert "Nothing is lost" in sentence(response)
    assert "title" not in response.text


def test_people_s_addresses_go_to_the_application_behind(phone):
    assert Client(phone.app.wsgi_app).get("/").text == "the pages of people"


def test_contact_with_a_phone_is_seen_by_its_coordinator(listed):
    (before,) = [one.last_contact_at for one in devices.all(listed.db)]
    listed.get("formList")
    (after,) = [one.last_contact_at for one in devices.all(listed.db)]

    assert before is None
    assert after is not None
