"""The API as its own description has it, with whatever the description allows and some of what it does not.

For each scope a token can have, and for the cookies of each role: never an error of ours, never more than the
scope, never a person of others.
"""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from server import tokens
from tests.attacks.house import COLLEAGUES, ENTITY, FOREIGN, NAMES, ROLES

EXAMPLES = 3
OTHERS = [part for code in (COLLEAGUES, FOREIGN) for part in (code, NAMES[code], ENTITY[code])]
# What a scope opens, by the beginning of the path under /api/v1; `read` opens everything that is only read.
OPENS = {
    "read": [("GET", "")],
    "decide": [("GET", ""), ("POST", "/returnees"), ("POST", "/questions")],
    "phones": [("GET", ""), ("POST", "/devices"), ("POST", "/workers")],
    "forms": [("GET", "/forms"), ("POST", "/forms")],
    "numbers": [("GET", "/numbers")],
    "export": [("GET", "/exports")],
}


@pytest.fixture(scope="module")
def described(house):
    schema = schemathesis.openapi.from_dict(json.loads(house.program().get("/api/v1/openapi.json").text))
    schema.config.base_url = f"http://127.0.0.1:{house.port}"
    return [found.ok() for found in schema.get_all_operations()]


def test_every_route_of_the_description_is_tried(described):
    assert len(described) >= 10
    assert set(OPENS) == set(tokens.SCOPES)


def misshapen(case, said) -> str:
    """What of this answer is not as the description has it: its status, its kind, its shape."""
    try:
        case.validate_response(said, checks=[response_schema_conformance, content_type_conformance])
    except (Failure, FailureGroup) as failure:
        return " ".join(str(failure).split())[:300]
    return ""


def asked(operation, mode, headers, wrong: list[str], *, beyond: str, examples: int = EXAMPLES):
    """Asks this route with many things; what is wrong with the answers goes into `wrong`."""

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        said = case.call(headers=headers, allow_redirects=False, timeout=60)
        where = f"{case.method} {case.formatted_path}: {said.status_code}"
        if said.status_code >= 500:
            wrong.append(where)
        if said.status_code < 400 and (found := misshapen(case, said)):
            wrong.append(f"{where}, is not as described: {found}")
        if beyond and said.status_code < 400:
            wrong.append(f"{where}, beyond {beyond}")
        if found := [one for one in OTHERS if one in said.text]:
            wrong.append(f"{where}, shows {found}")

    return ask


@pytest.mark.parametrize("scope", [*tokens.SCOPES, "nobody"])
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"]
)
def test_whatever_is_sent_is_answered_within_the_scope(house, described, scope, mode):
    headers = {"Authorization": f"Bearer {house.tokens[scope]}"} if scope != "nobody" else {}
    wrong: list[str] = []

    for operation in described:
        path = operation.path.removeprefix("/api/v1")
        method = operation.method.upper()
        tries = scope in ("read", "decide", "phones") and path.endswith("/try")  # nothing is stored
        allowed = tries or any(
            method == one and path.startswith(start) for one, start in OPENS.get(scope, [])
        )
        try:
            asked(operation, mode, headers, wrong, beyond="" if allowed else scope)()
        except Unsatisfiable:  # a route with nothing in it to be wrong about
            assert mode is GenerationMode.NEGATIVE
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_who_is_signed_in_on_the_pages_gets_nothing_from_it(house, described, role):
    """Nor could a page of somebody else's make their browser ask: cookies open no route of programs."""
    there = house.visitors[role]
    assert there.get("/account").status == 200
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in there.cookies.items())}
    wrong: list[str] = []
    for operation in described:
        asked(operation, GenerationMode.POSITIVE, headers, wrong, beyond=role, examples=1)()
    assert wrong == []
