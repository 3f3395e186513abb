"""What people read: which language, the translated words, days and numbers as they are written here.

Translations are kept as `translations/km.po` and read at start-up: nothing to compile, nothing to
forget to compile.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request, session
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from sync.core import watch
from sync.core.problem import Problem
from sync.core.times import PHNOM_PENH, day_from, instant_from

LANGUAGES = {"en": "English", "km": "ខ្មែរ"}
HOURS_SHOWN = 48
"""Up to this many hours time is told in hours, then in days."""
KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def install(app: Flask) -> None:
    """Give every template the translated words and the filters `day`, `number` and `said`."""
    for name in LANGUAGES:
        translations(name)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        day=day, moment=moment, number=number, said=said, browser=browser, told=told,
        typed=typed, to_look=lambda reason: watch.sentence(reason, local),
    )  # fmt: skip
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES})


def language() -> str:
    """The reader's language: last chosen, else kept with the account, else what the browser asks for.

    A paper that is printed for somebody else (`g.read_in`) has theirs.
    """
    if not has_request_context():
        return "en"
    if "read_in" in g:
        return str(g.read_in)
    account = g.get("account")
    chosen = session.get("language") or (account.language if account else "")
    return chosen if chosen in LANGUAGES else _asked_for(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=500)
def _asked_for(header: str) -> str:
    """What a browser that sends this asks for; a page asks hundreds of times."""
    return str(parse_accept_header(header[:200], LanguageAccept).best_match(list(LANGUAGES), "en"))


@cache
def translations(name: str) -> NullTranslations:
    """The words of one language, read from its .po file; English is what the templates say."""
    path = Path(__file__).parent / "translations" / f"{name}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=name)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language. Values are filled in by the template (newstyle gettext)."""
    found: str = translations(language()).ugettext(message)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The message for this many things. Khmer has one form for all numbers."""
    found: str = translations(language()).ungettext(one, many, count)
    return found % values if values else found


def later(message: str) -> str:
    """Mark a message that is translated where it is shown."""
    return message


HTTP_ERRORS = {
    400: later("The page could not read what was sent. Go back, load the page again and try once more."),
    401: later("Please sign in first."),
    403: later("This page is not open to you. Ask an administrator if you need it."),
    404: later("There is nothing at this address."),
    405: later("This address does not work that way."),
    413: later("That is too much to send at once."),
    415: later("This kind of content is not understood here."),
    422: later("Some of what was sent is not understood."),
    429: later("Too many tries. Please wait a little and try again."),
}
STATUS_NAMES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported content type",
    422: "Not valid",
    429: "Too many requests",
    500: "Unexpected error",
    503: "Unavailable",
}


def http_error(status: int) -> tuple[str, str]:
    """An HTTP error as a sentence: in English for programs, in the reader's language."""
    sentence = HTTP_ERRORS.get(status, HTTP_ERRORS[400])
    return sentence, gettext(sentence)


def status_name(status: int) -> str:
    """The short English name of a status, for the title of problem JSON."""
    return STATUS_NAMES.get(status, "Error")


def number(value: object) -> str:
    """A number in the reader's digits; 4.0 is written 4."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text.translate(KHMER_DIGITS) if language() == "km" else text


def day(value: date | str | None, style: str = "long") -> Markup:
    """A day as people here write it, in a `time` element; an empty text for no day.

    `value` is a date or "YYYY-MM-DD"; `style` is `long` (3 November 2026), `short` (3 Nov, or with the
    year when `with_year`) or one of Babel's names.
    """
    if not value:
        return Markup("")
    known = date.fromisoformat(value) if isinstance(value, str) else value
    return Markup('<time datetime="{}">{}</time>').format(known.isoformat(), _day(known, style))


def _day(value: date, style: str = "long") -> str:
    return number(_written(value, style, "km" if language() == "km" else "en_GB"))


@lru_cache(maxsize=5000)
def _written(value: date, style: str, locale: str) -> str:
    """Kept, since a long list says the same few days again and again."""
    if style == "short":
        return format_skeleton("yMMMd", value, locale=locale)
    return format_date(value, style, locale=locale)


def typed(value: object, kind: str) -> Markup:
    """An answer to a question of this type of a form: days, moments and numbers as they are written here.

    What is none, though it should be, stands as it was sent.
    """
    text = "" if value is None else str(value)
    if kind == "date" and (on := day_from(text)):
        return day(on)
    if kind == "dateTime" and (at := instant_from(text)):
        return moment(at)
    with suppress(ValueError, OverflowError):
        if kind in ("int", "decimal"):
            return escape(number(float(text) if kind == "decimal" else int(text)))
    return escape(text)


def local(value: object) -> str:
    """A day or a number as it is written here; anything else as it is."""
    if isinstance(value, date):
        return _day(value)
    return number(value) if isinstance(value, int | float) else str(value)


def told(problem: Problem) -> str:
    """What went wrong, in the reader's language, with days and numbers as they are written here."""
    return problem.message(language(), local)


def moment(value: datetime | None) -> Markup:
    """An instant as day and time of day in Cambodia."""
    if value is None:
        return Markup("")
    local = value.astimezone(PHNOM_PENH)
    return day(local.date(), "short") + Markup(" ") + number(local.strftime("%H:%M"))


def time_left(until: datetime, now: datetime) -> str:
    """How long there is until then, or how long it has passed: in hours up to two days, then in days."""
    hours = abs((until - now).total_seconds()) / 3600
    ahead = until > now
    if hours < 1:
        return gettext("less than an hour left") if ahead else gettext("just past")
    count = int(hours if hours < HOURS_SHOWN else hours // 24)
    shown = number(count)
    if hours < HOURS_SHOWN and ahead:
        return ngettext("%(count)s hour left", "%(count)s hours left", count, count=shown)
    if hours < HOURS_SHOWN:
        return ngettext("%(count)s hour past", "%(count)s hours past", count, count=shown)
    if ahead:
        return ngettext("%(count)s day left", "%(count)s days left", count, count=shown)
    return ngettext("%(count)s day past", "%(count)s days past", count, count=shown)


def said(text: Mapping[str, Any] | str | None) -> Markup:
    """A coordinator's words in the reader's language.

    Where they exist only in the other language, that is shown and marked as such, so that a screen
    reader says it right.
    """
    if not text:
        return Markup("")
    if isinstance(text, str):
        return escape(text)
    wanted = language()
    if text.get(wanted):
        return escape(text[wanted])
    for other in LANGUAGES:
        if text.get(other):
            return Markup('<span lang="{}">{}</span>').format(other, text[other])
    return Markup("")


BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet", "Firefox/": "Firefox",
    "FxiOS/": "Firefox", "Chrome/": "Chrome", "CriOS/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac",
    "CrOS": "Chromebook", "Linux": "Linux",
}  # fmt: skip
"""What a browser says of itself -> what people call it; what stands first counts, others name each other."""


def browser(said: str) -> str:
    """A browser and the machine it is on, as people call them; what it says of itself where it is another."""
    what, where = (
        next((called for sign, called in known.items() if sign in said), "") for known in (BROWSERS, SYSTEMS)
    )
    return " · ".join(filter(None, (what, where))) or said
