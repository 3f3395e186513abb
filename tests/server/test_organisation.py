"""Signing in with an organisation's own account, against a provider that really runs."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import urllib3
from joserfc.jwk import RSAKey

from server import oidc, second_step
from server.app import create_app
from server.config import Oidc
from tests.server import identity_provider
from tests.server.signed_in import PASSWORD, add_account, csrf_token, sign_in


@pytest.fixture
def provider():
    with identity_provider.running() as found:
        yield found


@pytest.fixture
def app(config, db, provider):
    known = Oidc(
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        name="Example account",
    )
    return create_app(replace(config, oidc=known), db)


@pytest.fixture
def user(db):
    return add_account(db, "coordinator")


def at_provider(address: str) -> str:
    """What the provider sends the browser back to, as path and query of ours."""
    answer = urllib3.request("GET", address, redirect=False)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def begin(client, **query) -> str:
    return client.get("/sign-in/organisation", query_string=query).headers["Location"]


def through(client, **query):
    """The answer to a browser that goes the whole way."""
    return client.get(at_provider(begin(client, **query)))


def connect(client):
    form = {"csrf_token": csrf_token(client, "/account"), "password": PASSWORD}
    page = client.post("/account/organisation", data=form)
    away = page.text.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    return client.get(at_provider(away))


@pytest.fixture
def connected(app, db, user):
    """A browser of somebody whose account is connected, signed out."""
    client = app.test_client()
    sign_in(client, user)
    assert connect(client).headers["Location"] == "/account"
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/account")})
    return client


def is_in(client) -> bool:
    return client.get("/caseload").status_code == 200


def test_a_connected_account_is_signed_in_without_a_password_here(connected, provider):
    provider.claims = {"amr": ["pwd", "otp"]}

    answer = through(connected, next="/questions")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/questions")
    assert is_in(connected)


def test_where_the_provider_asked_for_a_password_only_the_code_is_asked_for_here(connected, db, user):
    secret = second_step.begin(db, user)
    now = datetime.now(UTC)
    second_step.confirm(db, user, pyotp.TOTP(secret).at(now), at=now)

    assert through(connected).headers["Location"] == "/sign-in/code"
    assert not is_in(connected)


def test_an_account_that_is_not_connected_is_not_let_in_nor_made(app, db, user):
    client = app.test_client()

    answer = through(client)

    assert answer.status_code == 401
    assert "not connected" in answer.text
    assert not is_in(client)
    assert db.accounts.count_documents({}) == 1


def test_a_closed_account_is_not_opened_from_outside(connected, db, user):
    db.accounts.update_one({"_id": user}, {"$set": {"disabled_at": datetime.now(UTC)}})

    assert through(connected).status_code == 401


def test_connecting_wants_the_password(app, user):
    client = app.test_client()
    sign_in(client, user)
    form = {"csrf_token": csrf_token(client, "/account"), "password": "wrong"}

    assert client.post("/account/organisation", data=form).status_code == 400


def test_one_account_outside_opens_one_account_here(app, connected, db):
    other = app.test_client()
    sign_in(other, add_account(db, "administrator"))

    assert connect(other).status_code == 400
    assert db.identities.count_documents({}) == 1


def test_a_disconnected_account_is_not_let_in(connected, user, app):
    client = app.test_client()
    sign_in(client, user)
    client.post("/account/organisation/end", data={"csrf_token": csrf_token(client, "/account")})

    assert through(connected).status_code == 401


def test_somebody_elses_way_back_signs_nobody_in(app, connected):
    other = app.test_client()
    begin(other)
    stolen = at_provider(begin(connected))

    assert other.get(stolen).status_code == 401
    assert not is_in(other)


def test_a_way_back_is_gone_once(connected):
    back = at_provider(begin(connected))
    assert connected.get(back).status_code == 303
    connected.post("/sign-out", data={"csrf_token": csrf_token(connected, "/account")})

    assert connected.get(back).status_code == 401


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied", "?code[$ne]=&state[$ne]="]
)
def test_a_way_back_that_was_made_up_signs_nobody_in(connected, query):
    begin(connected)

    assert connected.get(f"/sign-in/organisation/back{query}").status_code == 401
    assert not is_in(connected)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": ["pteah", "another client"], "azp": "another client"},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"amr": "otp"},
    ],
    ids=str,
)
def test_a_token_that_says_the_wrong_thing_is_not_believed(connected, provider, claims):
    provider.claims = claims

    assert through(connected).status_code == 401
    assert not is_in(connected)


def test_a_token_signed_by_somebody_else_is_not_believed(connected, provider):
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})

    assert through(connected).status_code == 401


def test_a_token_without_a_signature_is_not_believed(connected, provider):
    provider.algorithm = "none"

    assert through(connected).status_code == 401


def test_keys_that_the_provider_changed_are_fetched_anew(connected, provider):
    assert through(connected).status_code == 303
    connected.post("/sign-out", data={"csrf_token": csrf_token(connected, "/account")})
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})

    assert through(connected).status_code == 303


@pytest.mark.parametrize("wanted", ["https://example.org/", "//example.org", "/\\example.org"])
def test_the_way_back_leads_nowhere_else(connected, provider, wanted):
    provider.claims = {"amr": ["mfa"]}

    assert through(connected, next=wanted).headers["Location"] == "/"


def test_a_provider_that_names_itself_otherwise_is_not_asked_on(app, provider):
    issuer = provider.issuer
    provider.issuer = "https://elsewhere.example"
    oidc._known.clear()

    answer = app.test_client().get("/sign-in/organisation")
    provider.issuer = issuer

    assert answer.status_code == 503
    assert "/authorize" not in provider.asked


def test_what_is_sent_away_holds_state_nonce_and_challenge_and_no_secret(app, provider):
    away = begin(app.test_client())
    query = parse_qs(urlsplit(away).query)

    assert away.startswith(f"{provider.issuer}/authorize?")
    assert query["code_challenge_method"] == ["S256"]
    assert min(len(query[name][0]) for name in ("state", "nonce", "code_challenge")) >= 40
    assert provider.client_secret not in away


def test_where_nothing_is_configured_there_is_no_such_button_and_no_such_way(config, db):
    client = create_app(config, db).test_client()

    assert "/sign-in/organisation" not in client.get("/sign-in").text
    assert client.get("/sign-in/organisation").status_code == 404
