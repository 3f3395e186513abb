"""The request itself: header splitting, hosts, redirects, methods, sessions, tokens."""

import ast
import re
import zlib
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from itsdangerous import URLSafeTimedSerializer

from server import phones
from server.phones.settings_qr import settings_for
from tests.attacks.house import NAMES, OWN, PASSWORD

SERVER = Path(phones.__file__).resolve().parents[1]
SPLITS = [
    "%0d%0aSet-Cookie:%20pteah=evil",
    "%0aX-Evil:%201",
    "%0d%0a%0d%0a<script>",
    "%e5%98%8a%e5%98%8dX-Evil:%201",
    "%0d%0aLocation:%20//evil.example",
]
PLACES = [
    "/sign-in?next=/{}",
    "/caseload/{}",
    "/caseload/find?code={}",
    "/static/{}",
    "/invitation/{}",
    "/key/{}/formList",
    "/api/v1/returnees?after={}",
    "/sign-in/organisation/back?state={}",
]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_in_an_address_becomes_a_header(house, place, split):
    for visitor in (house.stranger(), house.visitors["case_manager"]):
        before = dict(visitor.cookies)
        said = visitor.get(place.format(split))
        assert said.status < 500
        assert not [name for name, _ in said.headers if name.lower() == "x-evil"]
        assert "evil" not in said.header("Set-Cookie")
        assert "evil.example" not in said.header("Location").partition("?")[0]
        visitor.cookies = before | {k: v for k, v in visitor.cookies.items() if "evil" not in v}


@pytest.mark.parametrize(
    "split", ["/\r\nSet-Cookie: a=evil", "/x\r\nX-Evil: 1", "//evil.example", "/%0d%0aX-Evil:1"]
)
def test_the_page_wanted_after_signing_in_becomes_no_header(house, split):
    said = house.stranger().sign_in("analyst", next=split)

    assert said.status == 303
    assert not [name for name, _ in said.headers if name.lower() == "x-evil"]
    assert said.header("Location") in ("/", split) or "%0D%0A" in said.header("Location").upper()
    assert "//evil" not in said.header("Location")[:8]


RAW = [
    b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\tfolded: 2\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n0\r\n\r\nGET /caseload",
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 9\r\n"
    b"Connection: close\r\n\r\nx",
    b"GET / HTTP/1.1\r\nHost : x\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: 1\r\n" * 40_000 + b"Connection: close\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("sent", RAW, ids=range(len(RAW)))
def test_a_request_that_is_none_gets_no_page_and_the_house_stands(house, sent):
    got = house.raw(sent)

    assert not re.match(rb"HTTP/1.[01] 5(?!01|05)", got), got[:100]
    assert b"Phalla" not in got
    assert got.count(b"HTTP/1.") <= 2
    assert house.stranger().get("/healthz").status == 200


HOSTS = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1:1@evil.example",
    "evil.example#",
    "evil.example\\x",
    "[::1]evil",
    "a" * 300,
    "evil.example/x",
    "evil.example?",
]
POISONED = [
    "/",
    "/sign-in",
    "/static//x",
    "/caseload",
    "/sign-in?next=/x",
    "/account",
    "/nowhere",
    "/api/v1/openapi.json",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", POISONED)
def test_the_name_a_request_calls_the_server_by_is_in_no_answer_and_none_is_stored(house, path, host):
    for headers in (
        {"Host": host},
        {"X-Forwarded-Host": host},
        {"Forwarded": f"host={host}"},
        {"X-Host": host},
    ):
        said = house.stranger().open("GET", path, headers=headers)
        assert said.status < 500
        assert host not in said.text
        assert "evil.example" not in said.header("Location")
        assert said.header("Cache-Control") == "no-store" or path.startswith("/static")


AWAY = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "http:/\\evil.example",
    "//evil%2eexample",
    "@evil.example",
    "evil.example",
    ".evil.example",
    "/\x00/evil.example",
    "?//evil.example",
]


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("way", ["sign-in", "language", "second-step", "code", "organisation"])
def test_no_way_leads_to_another_site(house, way, away):
    visitor = house.stranger() if way == "sign-in" else house.visitors["coordinator"]
    if way == "sign-in":
        said = visitor.sign_in("analyst", next=away)
    elif way == "language":
        said = visitor.post("/language", {"language": "en", "next": away})
    else:
        path = {
            "second-step": "/account/second-step",
            "code": "/sign-in/code",
            "organisation": "/sign-in/organisation",
        }
        said = visitor.get(f"{path[way]}?next={quote(away, safe='')}")

    to = said.header("Location")
    assert not re.match(r"(?i)[\s\x00-\x1f]*(//|[a-z]+:|/\\|/[\t\n\r\x00])", to), to
    assert not re.search(r'href="\s*(//|[a-z]+:|/\\)[^"]*evil', said.text, re.IGNORECASE)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "FOO", "get"])
@pytest.mark.parametrize(
    "path", ["/caseload", f"/caseload/{OWN}", "/accounts/analyst", f"/api/v1/returnees/{OWN}"]
)
def test_no_other_method_opens_or_changes_anything(house, unchanged, path, method):
    said = house.visitors["administrator"].open(method, path)

    assert said.status in (400, 403, 404, 405, 501) or (method == "get" and said.status < 500)
    assert method != "TRACE" or "Cookie" not in said.text


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_turns_a_look_into_a_change(house, unchanged, header):
    visitor = house.visitors["administrator"]

    assert visitor.open("GET", "/accounts/analyst/close", headers={header: "POST"}).status in (404, 405)


@pytest.mark.parametrize(
    "header",
    [
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Remote-User",
        "Remote-User",
        "X-Forwarded-User",
        "X-Forwarded-Prefix",
    ],
)
def test_no_header_makes_somebody_of_nobody(house, header):
    for value in ("/caseload", "127.0.0.1", "administrator"):
        assert house.stranger().open("GET", "/caseload", headers={header: value}).status == 303
        assert house.stranger().open("GET", "/api/v1/returnees", headers={header: value}).status == 401


def forged(secret: bytes | str, value: object) -> str:
    """A session cookie as the server would sign it, under another key."""
    return URLSafeTimedSerializer(
        secret, salt="cookie-session", signer_kwargs={"key_derivation": "hmac"}
    ).dumps(value)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "e30.x.y",
        forged("", {"id": "administrator"}),
        forged("secret", {"id": "x"}),
        forged("dev", {"id": 1}),
        "." * 400,
        "eyJpZCI6ImEifQ",
        "e30=",
        "%00",
        "null",
    ],
    # What is forged has the time in it, and all processes that run tests must name them alike.
    ids=lambda cookie: f"{len(cookie)} letters",
)
def test_a_cookie_that_was_made_up_opens_nothing(house, cookie):
    visitor = house.stranger()
    visitor.cookies["pteah"] = cookie

    assert visitor.get("/caseload").status == 303


@pytest.mark.parametrize("value", [{"$ne": None}, {"$gt": ""}, ["x"], 1, True, None, "", "x" * 3000])
def test_even_rightly_signed_a_session_id_is_no_question(house, value):
    visitor = house.stranger()
    visitor.cookies["pteah"] = forged((house.data / "secret.key").read_bytes(), {"id": value})

    assert visitor.get("/caseload").status == 303


def test_a_session_that_was_there_before_signing_in_is_another_one_afterwards(house):
    victim, attacker = house.stranger(), house.stranger()
    attacker.get("/sign-in")
    victim.cookies = dict(attacker.cookies)  # planted in the victim's browser

    assert victim.sign_in("analyst").status == 303

    assert victim.cookies["pteah"] != attacker.cookies["pteah"]
    assert attacker.get("/numbers").status == 303


def test_a_session_of_the_attacker_planted_in_a_browser_does_not_become_the_victims(house):
    attacker, victim = house.stranger(), house.stranger()
    attacker.sign_in("analyst")
    victim.cookies = dict(attacker.cookies)
    page = victim.get("/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    victim.open("POST", "/sign-in", form={"csrf_token": token, "user": "coordinator", "password": PASSWORD})

    assert victim.get("/questions").status == 200
    assert attacker.get("/questions").status in (303, 403), "the attacker's session is still the attacker's"


def near(token: str) -> list[str]:
    """Tokens that are nearly this one: none of them may be answered another way than any other."""
    return [
        token[:-1], token + "A", token[:-1] + ("A" if token[-1] != "A" else "B"), token[1:], token.lower(),
        token.upper(), token[:20] + "A" * (len(token) - 20), "A" * len(token), token + "\u0000",
        f"{token} {token}",
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(10))
def test_a_token_that_is_nearly_right_is_answered_as_any_other(house, number):
    wrong = near(house.tokens["read"])[number]
    said = house.stranger().open(
        "GET", "/api/v1/returnees", headers={"Authorization": f"Bearer {quote(wrong)}"}
    )

    assert said.status in (401, 429)
    if said.status == 401:
        assert b"token.unknown" in said.body


@pytest.mark.parametrize("number", range(10))
def test_a_key_that_is_nearly_a_phones_is_answered_as_any_other(house, number):
    wrong = quote(near(house.device)[number], safe="")
    headers = {"X-OpenRosa-Version": "1.0"}
    any_other = house.stranger().open("GET", f"/key/{'A' * 64}/formList", headers=headers)

    said = house.stranger().open("GET", f"/key/{wrong}/formList", headers=headers)

    assert (said.status, said.body) == (any_other.status, any_other.body)


SECRETS = re.compile(
    r"token|password|secret|digest|hash|mac|session_id|code|state|signature|csrf", re.IGNORECASE
)
PLAIN = {"code", "state", "codes", "returncode", "status_code"}
"""Words that also name a case code, a problem's code or where something stands."""


def compared() -> list[str]:
    """Where the server compares something secret by `==`, which takes longer the more of it is right."""
    found = []
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            for side in (node.left, *node.comparators):
                name = getattr(side, "attr", getattr(side, "id", ""))
                if SECRETS.search(name) and name not in PLAIN and not name.isupper():
                    found.append(f"{path.relative_to(SERVER)}:{node.lineno} {name}")
    return found


def test_nothing_secret_is_compared_letter_by_letter():
    # The short name of a session, of the reader's own, as the page shows it.
    assert [one for one in compared() if one.split(":")[0] != "own_account.py"] == []


def qr_of(house) -> dict:
    import json  # noqa: PLC0415

    scanned = settings_for(f"http://127.0.0.1:{house.port}/key/{house.device}", "Pteah")
    return json.loads(zlib.decompress(b64decode(scanned)))


TAMPERED = [
    lambda url: url[:-1] + ("A" if url[-1] != "A" else "B"),
    lambda url: url + "/../../",
    lambda url: url.replace("/key/", "/key/../key/../"),
    lambda url: url.rsplit("/", 1)[0] + "/",
    lambda url: url.rsplit("/", 1)[0] + "/administrator",
    lambda url: url.rsplit("/", 1)[0] + "/%7B%22$ne%22:1%7D",
    lambda url: url + "%00",
    lambda url: url.swapcase(),
    lambda url: url + ";draft",
    lambda url: url + "?token=administrator",
]


@pytest.mark.parametrize("number", range(len(TAMPERED)))
def test_a_code_for_phones_that_was_tampered_with_opens_nothing(house, number):
    told = qr_of(house)
    right = told["general"]["server_url"]
    wrong = TAMPERED[number](right)
    path = wrong.partition(f":{house.port}")[2] or wrong.partition(f":{house.port}".swapcase())[2]

    said = house.stranger().open("GET", f"{path}/formList", headers={"X-OpenRosa-Version": "1.0"})

    assert said.status in (303, 400, 401, 403, 404)
    assert b"<xform>" not in said.body
    assert b64encode(zlib.compress(b"x"))  # the code itself is deflated and base64, and holds nothing else
    assert set(told) == {"general", "admin", "project"}


@pytest.mark.parametrize("number", range(6))
def test_an_invitation_that_was_tampered_with_is_none(house, number):
    said = house.stranger().get(f"/invitation/{quote(near(house.tokens['invitation'])[number], safe='')}")

    assert said.status == 404


def test_what_must_not_be_seen_is_there_to_be_seen(house):
    visitor = house.visitors["case_manager"]

    assert OWN in visitor.get("/caseload").text
    assert visitor.get(f"/caseload/{OWN}").status == 200
    assert {one["person"]["call_name"] for one in house.db.returnees.find()} == set(NAMES.values())
