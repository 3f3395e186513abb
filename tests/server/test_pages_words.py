"""Every word of the pages is there in Khmer, and fits its place."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from server.people import words

SERVER = Path(__file__).resolve().parents[2] / "server"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "later": None, "ngettext": (1, 2)}
PLACES = re.compile(r"%\((\w+)\)s")


def messages() -> list[str | tuple[str, ...]]:
    """Every message of the pages, as its source says it."""
    options = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    found = extract_from_dir(SERVER, METHODS, options, keywords=KEYWORDS)
    return sorted({message for _, _, message, _, _ in found}, key=str)


KHMER = SERVER / "people/translations/km.po"


@pytest.fixture(scope="module")
def khmer():
    with KHMER.open("rb") as file:
        return read_po(file, locale="km")


@pytest.mark.parametrize(
    ("value", "kind", "english", "khmer"),
    [
        ("2026-11-01", "date", "1 November 2026", "១ វិច្ឆិកា ២០២៦"),
        ("2026-11-01T22:30:00.000Z", "dateTime", "2 Nov 2026 05:30", "២ វិច្ឆិកា ២០២៦ ០៥:៣០"),
        (31, "int", "31", "៣១"),
        (2.5, "decimal", "2.5", "២.៥"),
        ("in spring", "date", "in spring", "in spring"),
        ("many", "int", "many", "many"),
        ("012 345 678", "string", "012 345 678", "012 345 678"),
        (None, "date", "", ""),
    ],
    ids=["day", "moment", "whole", "decimal", "no day", "no number", "text", "nothing"],
)
def test_an_answer_is_written_as_people_here_write_it(value, kind, english, khmer):
    for language, expected in (("en", english), ("km", khmer)):
        with Flask("words").test_request_context(headers={"Accept-Language": language}):
            assert re.sub("<[^>]+>", "", words.typed(value, kind)) == expected


def test_every_message_has_its_khmer(khmer):
    ids = [message[0] if isinstance(message, tuple) else message for message in messages()]

    missing = [name for name in ids if name not in khmer or not any(khmer[name].string)]

    assert missing == []
    assert len(ids) > 150


def test_no_khmer_is_kept_for_words_that_are_gone(khmer):
    ids = {message[0] if isinstance(message, tuple) else message for message in messages()}
    kept = {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in khmer if entry.id}

    assert kept - ids == set()


def test_no_message_is_translated_twice():
    ids = re.findall(r'^msgid "(.+)"$', KHMER.read_text(), flags=re.MULTILINE)

    assert [name for name, count in Counter(ids).items() if count > 1] == []


def test_what_is_filled_in_is_filled_in_in_khmer_too(khmer):
    for entry in khmer:
        source = entry.id[-1] if isinstance(entry.id, tuple) else entry.id
        target = entry.string[0] if isinstance(entry.string, tuple) else entry.string
        if source:
            assert sorted(PLACES.findall(source)) == sorted(PLACES.findall(target)), source


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox · Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
    ids=["phone", "desk", "iPhone", "Firefox", "another", "nothing"],
)
def test_a_browser_is_called_as_people_call_it(said, called):
    assert words.browser(said) == called
