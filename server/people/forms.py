"""Form titles for people's pages."""

from collections.abc import Mapping
from typing import Any

from sync.core.person import NOT_ALONE
from sync.store import forms
from sync.store.connect import Db

OF_OURS = {NOT_ALONE: {"en": "Met, but not alone", "km": "បានជួប ប៉ុន្តែមិននៅតែពីរនាក់"}}
"""What we call what came of a visit without a choice in any form having said it."""


def form_titles(db: Db) -> dict[str, str]:
    """Form id -> title as phones show it."""
    return {form["form_id"]: form["title"] for form in forms.current(db, forms.STATES)}


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
