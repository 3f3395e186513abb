"""Form titles for people's pages."""

import re
from collections.abc import Mapping
from typing import Any

from server.people.words import language
from sync.core.person import NOT_ALONE
from sync.store import forms
from sync.store.connect import Db

OF_OURS = {NOT_ALONE: {"en": "Met, but not alone", "km": "បានជួប ប៉ុន្តែមិននៅតែពីរនាក់"}}
"""What we call what came of a visit without a choice in any form having said it."""


_BETWEEN = re.compile(r"\s+[-–—|/]\s+")
_KHMER = re.compile("[\u1780-\u17ff]")


def form_titles(db: Db) -> dict[str, str]:
    """Form id -> title in the reader's language."""
    return {form["form_id"]: title_for_reader(form["title"]) for form in forms.current(db, forms.STATES)}


def title_for_reader(title: str) -> str:
    """The half of a title that is in the reader's language; all of it where it is not said in both.

    A workbook has one title only, so that phones in either language can be read: `ការចុះសួរ A – Visit A`.
    """
    halves = _BETWEEN.split(title)
    wanted = [half for half in halves if bool(_KHMER.search(half)) == (language() == "km")]
    return " – ".join(wanted) or title


def choice_words(
    db: Db, submission: Mapping[str, Any] | None, question: str, choice: str
) -> Mapping[str, str]:
    """What this choice is called in the form that the submission filled, by language; else itself."""
    if submission and forms.exists(db, submission["form_id"], submission["form_version"]):
        form = forms.form_definition(db, submission["form_id"], submission["form_version"])
        found = form.choices.get(form.paths.get(question, ""), {}).get(choice)
        if found:
            return found
    return OF_OURS.get(choice) or {"en": choice}
