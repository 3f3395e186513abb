"""Under …/openrosa with a user name and password: collect_contract.md 1.4, central_behaviour.md 1."""

import base64
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner
from werkzeug.test import Client, TestResponse

from server.commands.login import command
from server.phones.digest import WINDOW, Nonces
from server.secret import LOGINS, derived_key
from sync.store import devices, logins, submissions
from tests.javarosa import Phone as Collect
from tests.javarosa.line import Line
from tests.javarosa.multipart import Part, body_of
from tests.javarosa.signing import Signing
from tests.server.phones_kit import HEADERS, MADE_AT, Phone, a_record, id_of, publish, sentence, texts

KHMER = "ផ្ទះ".encode().decode("latin-1")
"""As it stands in a header."""
TLS, PLAIN = "https://localhost", "http://localhost"


class Door:
    """The door of one application, a phone registered at it, and that phone's user name and password."""

    def __init__(self, db, config) -> None:
        publish(db, entity_lists=["people"])
        self.phone = Phone(db, config)
        self.db, self.client = db, Client(self.phone.app.wsgi_app)
        self.key = derived_key(config.data, LOGINS)
        self.device_id = devices.id_of(self.phone.token)
        self.user, self.password = self.login("phone", device_id=self.device_id)

    def login(self, may, **more) -> tuple[str, str]:
        return logins.add(self.db, self.key, made_at=MADE_AT, made_by="test", may=may, name="Test", **more)

    def ask(self, path="formList", *, method="GET", base=TLS, authorization="", **more) -> TestResponse:
        headers = {**HEADERS, **({"Authorization": authorization} if authorization else {})}
        return self.client.open(f"/openrosa/{path}", method=method, base_url=base, headers=headers, **more)

    def basic(self, user=None, password=None, charset="utf-8") -> str:
        said = f"{user or self.user}:{password or self.password}".encode(charset)
        return f"Basic {base64.b64encode(said).decode()}"

    def digest(self, path="formList", *, signing=None, method="GET", base=PLAIN) -> TestResponse:
        """Negotiate as Collect does; `signing` remembers what was agreed."""
        signing = signing or Signing(self.user, self.password)
        target = f"/openrosa/{path}"
        authorization = signing.ahead(method, target)
        if not authorization:
            refused = self.ask(path, method=method, base=base)
            challenges = refused.headers.getlist("WWW-Authenticate")
            authorization = signing.answer(challenges, method, target, over_tls=base == TLS)
        return self.ask(path, method=method, base=base, authorization=authorization)


@pytest.fixture
def door(db, config) -> Door:
    return Door(db, config)


def schemes(response: TestResponse) -> list[str]:
    return [
        f"{one.partition(' ')[0]} {''.join(re.findall('algorithm=([^,]+)', one))}".strip()
        for one in response.headers.getlist("WWW-Authenticate")
    ]


@pytest.mark.parametrize(
    ("base", "offered"),
    [(TLS, ["Basic", "Digest SHA-256", "Digest MD5"]), (PLAIN, ["Digest SHA-256", "Digest MD5"])],
)
@pytest.mark.parametrize(
    "path", ["formList", "submission", "forms/screening/1.xml", "manifests/screening/1.xml", "nowhere", ""]
)
def test_whoever_is_not_signed_in_is_told_how_with_every_address(door, base, offered, path):
    response = door.ask(path, base=base)

    assert (response.status_code, schemes(response)) == (401, offered)
    assert "password is not right" in sentence(response)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode("phone:pässwört".encode("latin-1")).decode(),
        "Basic " + base64.b64encode("phone:pässwört".encode()).decode(),
        "Basic " + base64.b64encode("ផ្ទះ:ផ្ទះ".encode()).decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(),
        "Bearer pteah_abc",
        "Digest",
        "Digest username",
        'Digest username="x", realm="Pteah", nonce="", uri="", response="", qop=auth, nc=00000001, cnonce=""',
        'Digest username="x", realm="Pteah", algorithm=SHA-512, nonce="a", uri="/", response="b"',
        f'Digest username="{KHMER}", realm="Pteah", nonce="{KHMER}", uri="{KHMER}", response="{KHMER}", nc=z',
        "Digest " + "x" * 5000,
        "Negotiate abc",
    ],
)
@pytest.mark.parametrize("base", [TLS, PLAIN])
def test_whatever_stands_in_the_header_instead_is_asked_for_again(door, base, authorization):
    response = door.ask(base=base, authorization=authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"]


def test_basic_is_taken_over_tls_and_never_on_a_line_where_others_read_along(door):
    assert door.ask(authorization=door.basic()).status_code == 200
    assert door.ask(authorization=door.basic(), base=PLAIN).status_code == 401


@pytest.mark.parametrize("base", [TLS, PLAIN])
def test_digest_is_taken_on_both(door, base):
    assert door.digest(base=base).status_code == 200


def test_all_addresses_that_are_handed_out_are_under_the_same_root(door):
    answer = door.ask(authorization=door.basic())
    (manifest,) = texts(answer, "xforms/xform/manifestUrl")
    assert manifest == "https://localhost/openrosa/manifests/screening/1.xml"
    answer = door.ask("manifests/screening/1.xml", authorization=door.basic())
    assert texts(answer, "manifest/mediaFile/downloadUrl") == [
        "https://localhost/openrosa/entities/people.csv"
    ]


def test_one_nonce_serves_many_requests_and_no_request_twice(door):
    signing = Signing(door.user, door.password)
    for _ in range(3):
        assert door.digest(signing=signing).status_code == 200

    written_down = signing.ahead("GET", "/openrosa/formList")
    assert door.ask(base=PLAIN, authorization=written_down).status_code == 200
    again = door.ask(base=PLAIN, authorization=written_down)
    assert again.status_code == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]
    assert door.digest(signing=signing).status_code == 200, "the phone itself goes on"


def test_an_answer_is_good_for_the_address_and_method_it_was_made_for(door):
    signing = Signing(door.user, door.password)
    door.digest(signing=signing)
    made = signing.ahead("GET", "/openrosa/formList?deviceID=collect%3Aa")

    elsewhere = door.ask("entities/people.csv", base=PLAIN, authorization=made)
    assert elsewhere.status_code == 401
    assert "stale" not in elsewhere.headers["WWW-Authenticate"]
    posted = door.ask("formList?deviceID=collect%3Aa", method="POST", base=PLAIN, authorization=made)
    assert posted.status_code == 401
    assert door.ask("formList?deviceID=collect%3Aa", base=PLAIN, authorization=made).status_code == 200


def test_an_old_nonce_is_stale_only_for_whoever_knows_the_password(door):
    nonces = Nonces(door.key)
    old = nonces.new(datetime.now(UTC) - timedelta(minutes=6))
    for password, told in ((door.password, "stale=true"), ("wrong", "")):
        signing = Signing(door.user, password)
        authorization = signing.answer(
            [f'Digest realm="Pteah", nonce="{old}", qop="auth", algorithm=MD5'],
            "GET",
            "/openrosa/formList",
            over_tls=False,
        )
        answer = door.ask(base=PLAIN, authorization=authorization)
        assert answer.status_code == 401
        assert ("stale=true" in answer.headers["WWW-Authenticate"]) == bool(told)


def test_a_nonce_that_is_old_for_a_question_is_good_for_a_long_upload():
    nonces, now = Nonces(b"k" * 32), datetime.now(UTC)
    nonce = nonces.new(now - timedelta(hours=1))

    assert [nonces.is_fresh(nonce, method, now) for method in ("GET", "HEAD", "POST")] == [False, False, True]
    assert not nonces.is_fresh(nonce[:-2] + "AA", "POST", now)
    assert not Nonces(b"other" * 8).is_fresh(nonce, "POST", now)


def test_counts_may_arrive_out_of_order_but_not_again_and_not_long_after():
    nonces = Nonces(b"k" * 32)
    assert [nonces.is_first("n", count) for count in (1, 3, 2, 2, 3, 0xFFFFFFFF, 4)] == [
        True,
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert nonces.is_first("n", 0xFFFFFFFF - WINDOW + 1)
    assert not nonces.is_first("n", 0xFFFFFFFF - WINDOW)


def test_two_libraries_that_others_wrote_sign_in_as_well(server, config):
    publish(server.db)
    token = devices.add(server.db, name="P", worker_id="w", worker_name="W", made_at=MADE_AT)
    key = derived_key(config.data, LOGINS)
    user, password = logins.add(
        server.db, key, made_at=MADE_AT, made_by="t", may="phone", name="P", device_id=devices.id_of(token)
    )
    url = f"{server.url}/openrosa/formList?deviceID=collect%3Aa"

    with httpx.Client(auth=httpx.DigestAuth(user, password), headers=HEADERS) as client:
        assert [client.get(url).status_code for _ in range(2)] == [200, 200]
        challenges = httpx.get(url).headers.get_list("WWW-Authenticate")
    told = urllib.request.parse_keqv_list(urllib.request.parse_http_list(challenges[1].partition(" ")[2]))
    assert told["algorithm"] == "MD5"
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, user, password)
    handler = urllib.request.HTTPDigestAuthHandler(passwords)
    made = handler.get_authorization(urllib.request.Request(url), told)
    assert httpx.get(url, headers={**HEADERS, "Authorization": f"Digest {made}"}).status_code == 200


def test_a_phone_with_a_password_fetches_and_sends_over_plain_http(server, config, java):
    publish(server.db)
    token = devices.add(server.db, name="P", worker_id="w-7", worker_name="W", made_at=MADE_AT)
    key = derived_key(config.data, LOGINS)
    user, password = logins.add(
        server.db, key, made_at=MADE_AT, made_by="t", may="phone", name="P", device_id=devices.id_of(token)
    )
    collect = Collect(java, f"{server.url}/openrosa", username=user, password=password)
    xml = a_record()

    collect.line.get(f"{server.url}/openrosa/formList")
    head = collect.line.head(f"{server.url}/openrosa/submission")
    post = collect.line.post(
        f"{server.url}/openrosa/submission", *body_of([Part("xml_submission_file", xml, "r.xml", "text/xml")])
    )

    assert (head.status, post.status) == (204, 201)
    assert submissions.find(server.db, id_of(xml))["worker_id"] == "w-7"
    wrong = Line("collect:b", Signing(user, "wrong"))
    assert wrong.head(f"{server.url}/openrosa/submission").status == 401


@pytest.mark.parametrize(
    "wrong", [{"user": "phone-aaaaaaaa"}, {"password": "wrong"}, {"user": "pteah'\"{$ne"}]
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(door, wrong):
    said = door.ask(authorization=door.basic(**wrong))
    other = door.ask(authorization=door.basic(password="another"))

    assert (said.status_code, said.data) == (401, other.data)
    assert [name for name, _ in said.headers] == [name for name, _ in other.headers]


@pytest.mark.parametrize("wrong", ["nobody", "wrong password"])
def test_a_wrong_name_and_a_wrong_password_cost_one_look_into_the_database_each(door, monkeypatch, wrong):
    """Also where the name has just signed in and is remembered."""
    door.ask(authorization=door.basic())
    looks, find = [], logins.find
    monkeypatch.setattr(logins, "find", lambda db, user: looks.append(user) or find(db, user))

    assert door.ask(authorization=door.basic()).status_code == 200
    assert looks == []
    door.ask(authorization=door.basic(**({"user": "x"} if wrong == "nobody" else {"password": "x"})))
    assert len(looks) == 1


def test_an_ended_name_and_a_revoked_phone_open_nothing_any_more(door, monkeypatch):
    assert door.ask(authorization=door.basic()).status_code == 200
    devices.revoke(door.db, door.device_id, at=datetime.now(UTC))
    revoked = door.ask(authorization=door.basic())
    assert (revoked.status_code, "not registered" in sentence(revoked)) == (403, True)

    logins.end(door.db, door.user, at=datetime.now(UTC))
    monkeypatch.setattr("server.phones.sign_in.REMEMBERED_SECONDS", 0)
    assert door.ask(authorization=door.basic()).status_code == 401


def test_a_name_has_no_more_power_than_it_was_given(door):
    user, password = door.login("pull", ends_at=datetime.now(UTC) + timedelta(days=1))
    tool = door.basic(user, password)

    assert door.ask("formList", authorization=tool).status_code == 200
    assert door.ask("forms/screening/1.xml", authorization=tool).status_code == 200
    # The list of people on phones is not for a tool.
    assert (
        texts(door.ask("manifests/screening/1.xml", authorization=tool), "manifest/mediaFile/filename") == []
    )
    for path, method in (
        ("submission", "POST"),
        ("submission", "HEAD"),
        ("entities/people.csv", "GET"),
        ("entities/people/integrity", "GET"),
    ):
        assert door.ask(path, method=method, authorization=tool).status_code == 404
    ended = door.basic(*door.login("pull", ends_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert door.ask("formList", authorization=ended).status_code == 401


def test_a_tool_for_one_form_sees_that_form_only(door):
    publish(door.db, "other")
    tool = door.basic(*door.login("pull", forms=["other"]))

    assert texts(door.ask("formList", authorization=tool), "xforms/xform/formID") == ["other"]
    assert door.ask("forms/screening/1.xml", authorization=tool).status_code == 404


def test_a_token_in_the_address_counts_alone(door):
    path = f"/key/{door.phone.token}/formList"
    answer = door.client.get(path, headers={**HEADERS, "Authorization": "Basic !!!"})
    assert answer.status_code == 200
    wrong = door.client.get(
        "/key/wrong/formList", headers={**HEADERS, "Authorization": door.basic()}, base_url=TLS
    )
    assert (wrong.status_code, schemes(wrong)) == (403, [])


def test_neither_the_database_nor_the_listing_holds_a_password_or_what_opens_the_door(door):
    stored = door.db.logins.find_one({"_id": door.user})
    for algorithm in logins.ALGORITHMS:
        digest = logins.digest_of(door.user, door.password, algorithm)
        assert digest.encode() not in bytes(stored["digests"])
        assert bytes.fromhex(digest) not in bytes(stored["digests"])
    assert door.password not in str(stored)
    assert "digests" not in repr(logins.find(door.db, door.user))


def test_digests_under_another_key_or_another_name_are_nobody_s(door):
    login = logins.find(door.db, door.user)
    right = logins.digest_of(door.user, door.password, "MD5")
    assert logins.digests_in(door.key, login)["MD5"] == right
    assert logins.digests_in(b"x" * 32, login)["MD5"] != right
    door.db.logins.insert_one({**door.db.logins.find_one({"_id": door.user}), "_id": "moved"})
    assert door.ask(authorization=door.basic("moved")).status_code == 401


@pytest.fixture
def run(door, config, mongodb_uri):
    environment = {
        "PTEAH_MONGODB_URI": mongodb_uri,
        "PTEAH_DATABASE": door.db.name,
        "PTEAH_DATA": str(config.data),
        "PTEAH_PUBLIC_URL": TLS,
    }
    return lambda *words: CliRunner(env=environment).invoke(command, words)


def test_the_command_makes_lists_and_ends_names(door, run, monkeypatch):
    monkeypatch.setattr("server.phones.sign_in.REMEMBERED_SECONDS", 0)
    made = run("add", "--phone", "Phone")
    user, password = re.search(r"user name +(\S+)\n +password +(\S+)", made.stdout).groups()
    assert f"{TLS}/openrosa" in made.stdout
    assert door.ask(authorization=door.basic(user, password)).status_code == 200

    listed = run("list")
    assert user in listed.stdout
    assert password not in listed.stdout
    assert run("end", user).exit_code == 0
    assert door.ask(authorization=door.basic(user, password)).status_code == 401


@pytest.mark.parametrize("words", [[], ["--phone", "a", "--tool", "b"]])
def test_the_command_asks_for_one_of_phone_and_tool(run, words):
    assert run("add", *words).exit_code == 2


@pytest.mark.parametrize("words", [["add", "--phone", "nobody"], ["end", "nobody"]])
def test_the_command_says_in_a_sentence_what_is_not_there(run, words):
    done = run(*words)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
