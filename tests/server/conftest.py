"""A real browser, for tests of pages. The module that uses it has a fixture `url`."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright

from server import accounts
from tests.server.browsing import ARGUMENTS, CHROMIUM
from tests.server.files import NOW
from tests.server.listening import Listener


class TidyClient(FlaskClient):
    """Closes what it sent: the library puts a long body into a temporary file and leaves it open."""

    def open(self, *args, **kwargs):
        answer = super().open(*args, **kwargs)
        answer.request.environ["wsgi.input"].close()
        return answer


Flask.test_client_class = TidyClient


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Passwords of tests are hashed by argon2id too, but with little memory: hundreds of people sign in here.
    That the real cost is OWASP's, test_auth says."""
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, url: str):
    """Opens a fresh window at the sign-in page; what its console says is collected in `said`."""
    contexts = []

    def open_one(*, width: int = 1440, language: str = "en-GB", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": 800},
            locale=language,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto("/sign-in")
        return page

    yield open_one
    for context in contexts:
        context.close()
