"""The bill of materials names everything that is installed, and under which licence."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["run", "test"])
def bill(request):
    done = subprocess.run(
        [str(ROOT / "deploy/sbom"), "--of", request.param], capture_output=True, check=True, text=True
    )
    lock = {"run": "requirements.lock", "test": "requirements-test.lock"}[request.param]
    return json.loads(done.stdout), (ROOT / "deploy" / lock).read_text(encoding="utf-8")


def test_every_locked_package_is_named_with_its_version_and_hashes(bill):
    told, lock = bill
    named = {(one["name"], one["version"]): one for one in told["components"] if "pypi" in one["purl"]}
    locked = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE)

    assert {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in locked} == set(named)
    assert all(one["hashes"] for one in named.values())
    assert sum(len(one["hashes"]) for one in named.values()) == lock.count("--hash=sha256:")


def test_every_package_of_the_pages_is_named(bill):
    told, _ = bill
    packages = json.loads((ROOT / "server/people/assets/package-lock.json").read_text("utf-8"))["packages"]
    named = {one["name"] for one in told["components"] if "npm" in one["purl"]}

    assert {path.rpartition("node_modules/")[2] for path in packages if path} == named


def test_every_installed_package_says_its_licence(bill):
    told, _ = bill
    silent = [one["name"] for one in told["components"] if not one["licenses"]]

    # What other platforms need is locked and not installed here; nothing else is without one.
    assert set(silent) <= {"colorama", "pywin32", "tzlocal", "exceptiongroup", "tomli", "backports-tarfile"}


def test_it_is_a_cyclonedx_document_with_one_reference_for_each(bill):
    told, _ = bill
    references = [one["bom-ref"] for one in told["components"]]

    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")
    assert len(references) == len(set(references))
    assert told["metadata"]["component"]["name"] == "pteah"
