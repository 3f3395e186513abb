"""format-date(): an instant as text. Month and day names are those of the phone's language."""

from datetime import UTC

from sync.core.xpath.dates import DAY_MS, Moment, days_from_civil
from sync.core.xpath.errors import XPathError

_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "km": "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
}
_DAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "km": "ចន្ទ អង្គារ ពុធ ព្រហ សុក្រ សៅរ៍ អាទិត្យ",
    "fr": "lun. mar. mer. jeu. ven. sam. dim.",
}


def _language(locale: str) -> str:
    language = locale.partition("-")[0].partition("_")[0]
    if language not in _MONTHS:
        raise XPathError(f"Month and day names in “{language}” are not known here. Use %m and %d.")
    return language


def _month_name(moment: Moment, locale: str) -> str:
    return _MONTHS[_language(locale)].split(" ")[moment.fields().month - 1]


def _day_name(moment: Moment, locale: str) -> str:
    return _DAYS[_language(locale)].split(" ")[(moment.days + 3) % 7]  # 1 January 1970 was a Thursday


def _week(moment: Moment, locale: str) -> str:
    # The country decides: in France weeks start on Monday and belong to the year that has four of their
    # days; elsewhere here they start on Sunday, and the week with 1 January is the first.
    monday = locale in ("fr-FR", "fr_FR")
    deciding = 3 if monday else 6
    start = moment.days - (moment.days + (3 if monday else 4)) % 7
    fields = Moment((start + deciding) * DAY_MS, UTC).fields()
    return str((start + deciding - days_from_civil(fields.year, 1, 1)) // 7 + 1)


def _codes(moment: Moment) -> dict[str, str]:
    at = moment.fields()
    return {
        "%": "%",
        "Y": f"{at.year:04}",
        "y": f"{at.year:04}"[2:],
        "m": f"{at.month:02}",
        "n": str(at.month),
        "d": f"{at.day:02}",
        "e": str(at.day),
        "H": f"{at.hour:02}",
        "h": str(at.hour),
        "M": f"{at.minute:02}",
        "S": f"{at.second:02}",
        "3": f"{at.ms:03}",
    }


NUMERIC_CODES = frozenset("%YymndeHhMS3")
"""Codes that give the same text on every phone."""

_NAMED = {"b": _month_name, "a": _day_name, "W": _week}


def formatted(moment: Moment, pattern: str, locale: str) -> str:
    """The instant, written by a pattern such as `%Y-%m-%d`. Raises XPathError for unknown codes."""
    codes = _codes(moment)
    pieces: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character != "%":
            pieces.append(character)
            continue
        code = next(characters, "")
        if code in codes:
            pieces.append(codes[code])
        elif code in _NAMED:
            pieces.append(_NAMED[code](moment, locale))
        else:
            raise XPathError(f"“%{code}” is not a code of format-date(). Use %Y, %m, %d, %H, %M, %S.")
    return "".join(pieces)
