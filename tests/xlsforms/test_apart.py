"""Workbooks are read in a process of their own, within limits, with the same result."""

import subprocess
import time

import pytest

from sync.core.problem import Problem
from tests.xlsforms.our_workbooks import FOLDER
from tests.xlsforms.tables import A_FORM, SURVEY, workbook
from xlsforms import apart
from xlsforms.apart import look_apart
from xlsforms.convert import STEPS, look


def test_what_a_child_finds_is_what_is_found_here(our_protocol):
    content = (FOLDER / "intake.xlsx").read_bytes()

    steps: list[str] = []
    looked = look_apart(content, "intake.xlsx", protocol=our_protocol, tell=steps.append)

    assert looked == look(content, "intake.xlsx", protocol=our_protocol)
    assert looked.converted is not None
    assert tuple(steps) == STEPS


def test_a_protocol_comes_back_as_rows():
    content = (FOLDER / "protocol.xlsx").read_bytes()

    assert look_apart(content, "protocol.xlsx") == look(content, "protocol.xlsx")


def test_faults_come_back_with_their_places():
    content = workbook(*A_FORM, SURVEY.replace("select_one ynr    | unsafe", "select_on ynr     | unsafe"))

    looked = look_apart(content, "a.xlsx")

    assert looked.converted is None
    assert looked == look(content, "a.xlsx")


@pytest.mark.parametrize("content", [b"%PDF-1.7", b""])
def test_what_is_no_workbook_is_refused_before_a_child_is_made(content, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)

    with pytest.raises(Problem, match="workbook"):
        look_apart(content, "a.xlsx")


def test_a_child_that_takes_too_long_is_ended():
    began = time.monotonic()

    with pytest.raises(Problem) as problem:
        look_apart(workbook(*A_FORM), "a.xlsx", seconds=0.05)

    assert problem.value.code == "workbook.too_heavy"
    assert time.monotonic() - began < apart.SECONDS / 2


def test_a_child_has_neither_our_environment_nor_memory_without_end(monkeypatch, tmp_path):
    monkeypatch.setenv("PTEAH_MONGODB_URI", "mongodb://secret")
    told = tmp_path / "told"
    script = f"""
import os, resource, sys
from xlsforms import apart
apart._limit()
sys.stdin.read()
open({str(told)!r}, "w").write(repr(sorted(os.environ)))
try:
    bytearray(apart.MEGABYTES * 1_000_000)
except MemoryError:
    apart._say(problem="workbook.macros", details={{}})
"""
    monkeypatch.setattr(apart, "CHILD", ("-c", script))

    with pytest.raises(Problem) as problem:
        look_apart(workbook(*A_FORM), "a.xlsx")

    assert problem.value.code == "workbook.macros"  # it was told that there is no more memory
    assert "PTEAH" not in told.read_text()
