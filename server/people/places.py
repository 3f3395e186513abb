"""Names of places for people's pages."""

import re
from functools import lru_cache

from sync.core import gazetteer

_KEY = re.compile(r"[0-9]{2}(?:[0-9]{2})?(?:[0-9]{2})?(?:-[0-9]+)?")


@lru_cache(maxsize=20_000)
def place_name(key: str | None, language: str, parts: int = 4) -> str:
    """A place as people say it, the smallest part first; what no list knows stays as it was written.

    `key` is what a phone sent: province (2 digits), district (4), commune (6) or village (`200101-03`).
    At most `parts` names.
    """
    text = str(key or "")
    if not _KEY.fullmatch(text):
        return text
    around = dict.fromkeys([text, text[:6], text[:4], text[:2]])
    named = [name for name in map(gazetteer.place_name, around) if name]
    return ", ".join(name[language] for name in named[:parts]) or text
