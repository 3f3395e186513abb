"""Our evaluator against JavaRosa's own results.

The vectors lie beside this file; another file of the same format is run too when PTEAH_XPATH_VECTORS
names one.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.xpath_vectors import differences, read_vectors

OURS = Path(__file__).with_name("xpath_vectors.json.gz")
VIEWS = ("as the phone sees it", "as the server sees it")

NOT_OFFERED = {
    "extract-signed(": "needs Ed25519; refused in rules",
    "jr:choice-name(": "needs the form's labels; refused in rules",
    "jr:itext(": "needs the form's labels; refused in rules",
}
"""Functions we have not, each with its reason: every vector that evaluates one must differ."""

SERVER_CANNOT_KNOW = {
    "count(/data/g/*)": "a group that is not relevant is absent; the phone trips over its children",
    "sum(/data/g/*)": "as above",
}
"""Expressions in context `rel` on which only the server's view differs."""


def cannot_hold(vector: dict[str, Any], view: str) -> str:
    """Why we may, and must, differ on this vector; "" where we must agree."""
    for function, reason in NOT_OFFERED.items():
        if function in vector["expression"] and "error" not in vector:
            return reason
    if vector["context"] == "rel" and view == VIEWS[1]:
        return SERVER_CANNOT_KNOW.get(vector["expression"], "")
    return ""


def groups_of(path: Path) -> Iterator[Any]:
    """One pytest parameter per group of vectors in the file."""
    found = read_vectors(path)
    groups = defaultdict(list)
    for vector in found["vectors"]:
        groups[vector["group"]].append(vector)
    for name, vectors in sorted(groups.items()):
        yield pytest.param(vectors, found["contexts"], id=f"{path.name.split('.')[0]}-{name}")


OTHER = os.environ.get("PTEAH_XPATH_VECTORS")
GROUPS = [*groups_of(OURS), *(groups_of(Path(OTHER)) if OTHER else ())]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("vectors", "contexts"), GROUPS)
def test_every_expression_gives_what_javarosa_gives(vectors, contexts, view):
    wrong = []

    for vector in vectors:
        context = contexts[vector["context"]]
        found = list(differences(vector, context, as_server=view == VIEWS[1]))
        expected = cannot_hold(vector, view)
        if expected and not found:
            found = [f"holds now, so it must leave the list ({expected})"]
        elif expected:
            found = []
        if found:
            wrong.append(f"{vector['id']} in {vector['context']}: {vector['expression']}\n    {found}")

    assert not wrong, f"{len(wrong)} of {len(vectors)}:\n" + "\n".join(wrong)


def test_at_most_nine_of_the_1919_vectors_are_given_up():
    vectors = read_vectors(OURS)["vectors"]

    given_up = [vector["id"] for vector in vectors if cannot_hold(vector, VIEWS[1])]

    assert len(vectors) == 1919
    assert given_up == ["digest-020", "relevance-013"]
