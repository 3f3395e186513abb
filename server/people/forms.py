"""Form titles for people's pages."""

from sync.store import forms
from sync.store.connect import Db


def form_titles(db: Db) -> dict[str, str]:
    """Form id -> title as phones show it."""
    return {form["form_id"]: form["title"] for form in forms.current(db)}
