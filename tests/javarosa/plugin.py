"""Fixtures of the phones: `java` once for the test session, `phone` fresh for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.javarosa import JavaRosa, Phone


@pytest.fixture(scope="session")
def java() -> Iterator[JavaRosa]:
    """The one JVM of this test session."""
    engine = JavaRosa()
    yield engine
    engine.close()


@pytest.fixture
def new_phone(java: JavaRosa, server: Any) -> Callable[..., Phone]:
    """Makes a phone for this token at the real server: `new_phone(token, language="km")`."""

    def made(token: str, **settings: str) -> Phone:
        return Phone(java, f"{server.url}/key/{token}", **settings)

    return made


@pytest.fixture
def phone(new_phone: Callable[..., Phone], device: str) -> Phone:
    """A worker's phone, refreshed: it has the forms and people lists the server offers."""
    made = new_phone(device)
    made.refresh()
    return made
