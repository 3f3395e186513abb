"""The worker's list of people on a phone: collect_contract.md sections 4 and 5."""

import hashlib

import pytest

from tests.server.phones_kit import PLACES, Phone, elements, publish, register, texts


@pytest.fixture
def phone(db, config) -> Phone:
    return Phone(db, config)


@pytest.fixture
def listed(phone) -> Phone:
    """A phone for which one form with a file and the list of people is published."""
    publish(phone.db, media={"places.csv": PLACES}, entity_lists=["people"])
    return phone


def test_the_manifest_names_files_and_the_list_of_people(listed):
    register(listed.db, "0b6c")

    response = listed.get("manifests/screening/1.xml")

    plain, people = elements(response, "manifest/mediaFile")
    assert plain.get("type") is None
    assert people.get("type") == "entityList"
    assert texts(response, "manifest/mediaFile/filename") == ["places.csv", "people.csv"]
    served = [listed.follow(url).data for url in texts(response, "manifest/mediaFile/downloadUrl")]
    assert served[0] == PLACES
    assert texts(response, "manifest/mediaFile/hash") == [
        "md5:" + hashlib.md5(content).hexdigest() for content in served
    ]
    assert texts(response, "manifest/mediaFile/integrityUrl") == [
        f"http://localhost/key/{listed.token}/entities/people/integrity"
    ]


def test_every_manifest_announces_the_same_list_of_people(listed):
    publish(listed.db, "followup", entity_lists=["people"])
    register(listed.db, "0b6c")

    hashes = {
        texts(listed.get(f"manifests/{form}/1.xml"), "manifest/mediaFile/hash")[-1]
        for form in ("screening", "followup")
    }

    assert len(hashes) == 1


def test_a_worker_gets_the_people_of_the_own_list_only(db, config, listed):
    register(db, "0b6c", worker_id="worker-1", version=3)
    register(db, "1c7d", worker_id="worker-2")

    lines = listed.get("entities/people.csv").text.splitlines()

    assert lines[0].startswith("name,label,__version,")
    assert [line.split(",")[:3] for line in lines[1:]] == [["0b6c", "Test · 20/11", "3"]]
    assert listed.get("entities/people.csv").headers["Content-Type"].startswith("text/csv")


def test_a_list_without_people_has_its_header(listed):
    assert listed.get("entities/people.csv").text.count("\n") == 1


def test_a_new_person_changes_the_hash_in_the_manifest(listed):
    before = texts(listed.get("manifests/screening/1.xml"), "manifest/mediaFile/hash")
    register(listed.db, "0b6c")
    after = texts(listed.get("manifests/screening/1.xml"), "manifest/mediaFile/hash")

    assert before[0] == after[0]
    assert before[1] != after[1]


def test_integrity_tells_who_is_gone_and_is_silent_about_the_unknown(listed):
    register(listed.db, "0b6c")
    register(listed.db, "1c7d", deleted=True)
    register(listed.db, "2d8e", worker_id="worker-2")

    response = listed.get("entities/people/integrity", query={"id": "0b6c,1c7d,2d8e,9999"})

    said = {entity.get("id"): entity[0].text for entity in elements(response, "data/entities/entity")}
    assert said == {"0b6c": "false", "1c7d": "true", "2d8e": "true"}
    # Collect takes anything between the elements, even a line break inside a comment, for an error.
    assert b"><entity" in response.data
    assert b"entity><" in response.data


def test_integrity_of_nobody_is_an_empty_answer(listed):
    assert elements(listed.get("entities/people/integrity"), "data/entities/entity") == []
