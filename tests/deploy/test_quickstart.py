"""From nothing to a server with one command, and a sentence with a way out where that cannot be."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "deploy/quickstart"
TOOLS = ("bash", "cat", "dirname", "env", "grep", "rm", "tail")


def bare_environment(path: Path | str) -> dict[str, str]:
    """What a fresh terminal has: no virtual environment, no settings of Pteah."""
    ours = ("PTEAH_", "VIRTUAL_ENV", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PATH": str(path)}


@pytest.fixture
def tools(tmp_path) -> Path:
    """A PATH with the usual tools and no Python; each test adds its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def add_python(tools: Path, script: str) -> None:
    python = tools / "python3"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def run(tools: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(QUICKSTART), *words],
        env=bare_environment(tools),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_python_it_names_the_package(tools):
    done = run(tools)
    assert done.returncode == 1
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_an_old_python_is_named_with_its_version(tools):
    add_python(tools, 'case "$*" in *python_version*) echo 3.9.2 ;; *) exit 1 ;; esac')
    done = run(tools)
    assert done.returncode == 1
    assert "this is Python 3.9.2" in done.stderr
    assert "PTEAH_PYTHON" in done.stderr


def test_without_the_venv_module_it_names_the_package(tools):
    add_python(tools, f'case "$*" in *ensurepip*) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac')
    done = run(tools)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_named(tools, tmp_path):
    add_python(tools, f'exec "{sys.executable}" "$@"')
    (tmp_path / "file").write_text("")
    done = run(tools, "--data", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "No write access" in done.stderr
    assert "--data" in done.stderr


@pytest.mark.parametrize("words", [("--prot", "80"), ("--port",), ("80",)])
def test_words_it_does_not_know_are_refused_before_anything_happens(tools, words):
    done = run(tools, *words)
    assert done.returncode == 1
    assert words[0] in done.stderr


def test_it_explains_itself(tools):
    done = run(tools, "--help")
    assert done.returncode == 0
    assert "Example: deploy/quickstart" in done.stdout


@pytest.mark.install
def test_from_a_clean_clone_in_a_folder_with_spaces_to_the_first_page(tmp_path):
    clone = tmp_path / "a folder"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    path = ":".join(part for part in os.environ["PATH"].split(":") if not part.startswith(str(ROOT)))
    words = [str(clone / "deploy/quickstart"), "--port", "0"]
    # From another folder, as from a desktop icon
    server = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=bare_environment(path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in server.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    else:
        pytest.fail("".join(said) + server.stderr.read())

    notes = json.loads((clone / "data/first-run.json").read_text())
    with urllib.request.urlopen(f"{notes['url']}/", timeout=30) as page:
        assert page.status == 200
        assert b"<html" in page.read()
    assert wait_for_people(notes) > 0
    assert notes["admin"]["password"] in "".join(said)
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=90)
    assert server.returncode == 0
    untracked = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert untracked.stdout == ""


def wait_for_people(notes: dict) -> int:
    """How many invented people the API knows, once there are any."""
    request = urllib.request.Request(
        f"{notes['url']}/api/v1/returnees", headers={"Authorization": f"Bearer {notes['api_token']}"}
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with urllib.request.urlopen(request, timeout=30) as answer:
            if found := len(json.load(answer)["items"]):
                return found
        time.sleep(0.5)
    return 0
