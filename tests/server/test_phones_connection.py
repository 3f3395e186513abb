"""A phone's connection to the real server: made once, used for everything."""

import http.client
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from waitress.adjustments import Adjustments

from server.channel import Channel
from server.phones.crowd import A_CROWD, Crowd
from tests.javarosa.multipart import Part, body_of
from tests.server.phones_kit import HEADERS, a_record, publish


@pytest.fixture
def connection(server):
    publish(server.db)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.connect()
    yield connection
    connection.close()


def ask(
    connection, method: str, address: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    """Ask over this very connection; if the server closed it, this fails."""
    socket = connection.sock
    connection.request(method, address, body, {**HEADERS, **headers})
    response = connection.getresponse()
    answer = response.status, response.read()
    assert connection.sock is socket, "the server closed the connection"
    return answer


def test_head_and_post_and_what_did_not_change_go_over_one_connection(connection, device):
    content_type, body = body_of([Part("xml_submission_file", a_record(), "r.xml", "text/xml")])
    post = {"Content-Type": content_type}
    for _ in range(3):
        assert ask(connection, "HEAD", f"/key/{device}/submission") == (204, b"")
        assert ask(connection, "POST", f"/key/{device}/submission", body, **post)[0] == 201
        assert ask(connection, "HEAD", f"/key/{device}/formList")[0] == 200
        assert ask(connection, "GET", f"/key/{device}/formList")[0] == 200

    connection.request("GET", f"/key/{device}/forms/screening/1.xml", headers=HEADERS)
    response = connection.getresponse()
    response.read()
    again = ask(
        connection,
        "GET",
        f"/key/{device}/forms/screening/1.xml",
        **{"If-None-Match": response.headers["ETag"]},
    )
    assert again == (304, b"")
    assert ask(connection, "HEAD", f"/key/{device}/submission") == (204, b"")


def test_every_answer_says_when_it_was_given(connection, device):
    connection.request("HEAD", f"/key/{device}/submission", headers=HEADERS)
    assert connection.getresponse().headers["Date"].endswith("GMT")


def test_a_phone_that_asks_for_it_gets_its_connection_closed(connection, device):
    connection.request("HEAD", f"/key/{device}/submission", headers={**HEADERS, "Connection": "close"})
    response = connection.getresponse()
    assert (response.status, response.headers["Connection"]) == (204, "close")


def test_200_entity_ids_in_one_address_are_accepted(connection, device):
    ids = "%2C".join(f"9b1deb4d-3b7d-4bad-9bdd-{number:012x}" for number in range(400))
    status, _ = ask(
        connection, "GET", f"/key/{device}/entities/people/integrity?id={ids}&deviceID=collect%3Aa"
    )
    assert status == 200


def test_200_mb_are_answered_with_a_sentence_the_person_can_read(connection, device):
    connection.putrequest("POST", f"/key/{device}/submission")
    for name, value in {**HEADERS, "Content-Type": "multipart/form-data; boundary=b"}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "200000000")
    connection.endheaders()
    for _ in range(200):
        connection.send(b"\0" * 1_000_000)

    response = connection.getresponse()

    assert response.status == 413
    assert "100 MB" in response.read().decode()


def test_the_worker_lets_a_crowd_of_phones_pass_but_not_for_ever():
    crowd = Crowd()
    with ExitStack() as phones:
        for _ in range(2 * A_CROWD):
            phones.enter_context(crowd.one_more())
        crowd.let_pass()  # returns although they stay
    crowd.let_pass()


def test_nothing_goes_wrong_where_a_phone_leaves_after_a_head_that_cannot_be_read():
    read = Channel.parser_class(Adjustments())
    read.received(b"\x00\r\n\r\n")
    assert read.error
    assert read.path == ""  # what waitress writes down then
