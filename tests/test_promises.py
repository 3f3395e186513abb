"""What README, lock files and deployment say is so."""

import ast
import importlib
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from server.cli import COMMANDS
from sync.core.problem import CATALOGUE

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-test.lock")
VARIABLE = re.compile(r"\bPTEAH_[A-Z_]+")


def tracked() -> list[Path]:
    """Every text file that git keeps; all files where there is no git."""
    if shutil.which("git") and (ROOT / ".git").exists():
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=True
        )
        paths = [ROOT / name for name in told.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [
        path for path in paths if path.is_file() and path.suffix not in {".xlsx", ".png", ".mo", ".woff2"}
    ]


def code() -> str:
    """All our Python, tests aside."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for top in ("server", "sync", "xlsforms")
        for path in sorted((ROOT / top).rglob("*.py"))
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_loads_and_explains_itself_with_an_example(name):
    command = importlib.import_module(COMMANDS[name]).command
    assert isinstance(command, click.Command)
    assert command.help
    texts = [command.help, command.epilog or ""]
    if isinstance(command, click.Group):
        texts += [f"{sub.help} {sub.epilog}" for sub in command.commands.values()]
    assert "Example" in " ".join(texts)


def test_every_command_that_the_readme_shows_exists():
    shown = set(re.findall(r"(?:^|[`\s])pteah ([a-z]+)", README))
    assert shown - set(COMMANDS) == set()


def test_the_readme_shows_every_command():
    assert {name for name in COMMANDS if f"pteah {name}" not in README} == set()


def test_every_file_that_the_readme_names_is_there():
    named = re.findall(r"`((?:deploy|server|sync|xlsforms|tests)/[\w./-]*)`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_begins_with_two_commands():
    first = README.split("```")[1]
    commands = [line for line in first.splitlines()[1:] if line.strip()]
    assert len(commands) == 2
    assert commands[1] == "./deploy/quickstart"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_its_hashes(name):
    for block in re.split(r"\n(?=\S)", (ROOT / "deploy" / name).read_text().strip()):
        assert re.match(r"[a-z0-9.-]+==\S+", block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name):
    text = (ROOT / "deploy" / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(name):
    project = (ROOT / "pyproject.toml").read_text()
    asked = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)[1]
    locked = (ROOT / "deploy" / name).read_text()
    for package in re.findall(r'"([A-Za-z0-9-]+)', asked):
        assert re.search(rf"^{re.escape(package.lower())}==", locked, re.MULTILINE), package


def test_no_file_names_a_path_of_somebody_s_machine():
    machine = re.compile(r"(?<![\w.])/(?:work|root/\.|home/\w+|Users/\w+)/")
    named = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path != Path(__file__)
        for match in machine.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []


def test_the_example_configuration_has_every_variable_and_no_other():
    read = set(VARIABLE.findall((ROOT / "server/config.py").read_text()))
    composed = set(VARIABLE.findall((ROOT / "deploy/compose.yaml").read_text()))
    composed |= set(VARIABLE.findall((ROOT / "deploy/Caddyfile").read_text()))
    example = (ROOT / "deploy/env.example").read_text()
    offered = set(re.findall(r"^#(PTEAH_[A-Z_]+)=", example, re.MULTILINE))
    assert offered == read | composed


def test_what_can_be_set_can_be_set_in_docker_too():
    of_the_trial = {"PTEAH_MONGOD", "PTEAH_MONGOD_CACHE_GB"}
    fixed_by_the_image = {"PTEAH_DATA", "PTEAH_HOST", "PTEAH_PORT"}
    read = set(VARIABLE.findall((ROOT / "server/config.py").read_text()))
    composed = set(VARIABLE.findall((ROOT / "deploy/compose.yaml").read_text()))
    assert read - composed == of_the_trial | fixed_by_the_image


def test_only_the_configuration_and_the_command_line_read_variables_of_pteah():
    for path in sorted((ROOT / "server").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "getenv":
                pytest.fail(f"{path.relative_to(ROOT)}:{node.lineno}")


def test_every_problem_of_the_catalogue_is_raised_somewhere():
    text = code()
    # Once in the catalogue itself
    unused = [name for name in CATALOGUE if len(re.findall(rf'"{re.escape(name)}"', text)) < 2]
    assert unused == []


def test_every_problem_that_is_raised_is_in_the_catalogue():
    raised = set(re.findall(r'Problem\(\s*"([a-z_]+\.[a-z_]+)"', code()))
    assert raised - set(CATALOGUE) == set()


def test_what_a_phone_can_show_is_also_said_in_khmer():
    phones = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "server/phones").rglob("*.py"))
    phones += (ROOT / "sync/core/submission.py").read_text(encoding="utf-8")
    shown = set(
        re.findall(r'"((?:openrosa|device|form|media|submission|server|entity_list)\.[a-z_]+)"', phones)
    )
    shown &= set(CATALOGUE)
    assert {name for name in shown if not CATALOGUE[name].km} == set()


def test_what_a_page_can_show_is_also_said_in_khmer():
    pages = ("account.", "decision.", "entity.", "login.", "message.", "returnee.", "submission.")
    shown = {name for name in CATALOGUE if name.startswith(pages)}
    assert {name for name in shown if not CATALOGUE[name].km} == set()


def test_scripts_can_be_run_and_are_sound_bash():
    for name in ("deploy/quickstart", "deploy/test", "deploy/lock", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o100, name
        assert subprocess.run(["bash", "-n", str(ROOT / name)], check=False).returncode == 0, name
