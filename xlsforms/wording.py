"""What a phone may show, and which answers are personal.

Phones are looked at by others: titles, next steps and names in lists never say what the programme is
about, and never a result, a level or a diagnosis. The lists are ours and meant to grow; a word stands for
every word that begins with it. Source: design, "The rule language"; domain.md sections 9 and 10.
"""

import re

_ENGLISH = (
    "traffick",
    "victim",
    "survivor",
    "slave",
    "slavery",
    "prostitut",
    "brothel",
    "sex work",
    "sexual",
    "exploit",
    "forced lab",
    "forced marriage",
    "debt bond",
    "smuggl",
    "rape",
    "abus",
    "perpetrator",
    "suspect",
    "suicid",
    "self-harm",
    "selfharm",
)
_RESULTS = (
    "risk",
    "score",
    "screening",
    "diagnos",
    "depress",
    "anxiety",
    "ptsd",
    "phq",
    "gad-7",
    "indicator",
)
_KHMER = (
    "ជួញដូរ",  # trade in (people)
    "រងគ្រោះ",  # victim
    "ទាសករ",  # slave
    "ទាសភាព",  # slavery
    "ពេស្យា",  # prostitute
    "ផ្លូវភេទ",  # sexual
    "កេងប្រវ័ញ្ច",  # exploit
    "រំលោភ",  # rape, violate
    "បង្ខំឱ្យធ្វើការ",  # forced to work
    "ពលកម្មដោយបង្ខំ",  # forced labour
    "មេខ្យល់",  # broker of people
    "ជនសង្ស័យ",  # suspect
    "ធ្វើអត្តឃាត",  # suicide
    "សម្លាប់ខ្លួន",  # kill oneself
)
_KHMER_RESULTS = (
    "ហានិភ័យ",  # risk
    "ពិន្ទុ",  # score
    "បាក់ទឹកចិត្ត",  # depression
    "រោគវិនិច្ឆ័យ",  # diagnosis
)


def _pattern(english: tuple[str, ...], khmer: tuple[str, ...]) -> re.Pattern[str]:
    # Khmer writes no spaces between words, so there a word counts wherever it stands.
    return re.compile(rf"\b(?:{'|'.join(english)})[a-z]*|{'|'.join(khmer)}", re.IGNORECASE)


_TRAFFICKING = _pattern(_ENGLISH, _KHMER)
_TRAFFICKING_OR_RESULT = _pattern(_ENGLISH + _RESULTS, _KHMER + _KHMER_RESULTS)

_PERSONAL = re.compile(
    r"(?:^|_)(?:call_name|nickname|fullname|name|phone|telephone|tel|mobile|address|house|street|village|dob"
    r"|birth(?:day|date)?|id_?(?:card|number|no)|passport|photo|picture|gps|location|email|facebook|telegram)"
    r"(?:_|[0-9]|$)"
)
_PERSONAL_TYPES = frozenset(["geopoint", "geotrace", "geoshape", "image", "photo", "audio", "video", "file"])


def not_neutral(text: str, *, results_too: bool = True) -> str:
    """The first word in `text` that must not stand on a phone, or ""."""
    # Zero-width spaces mark words in Khmer and would hide them from the pattern.
    cleaned = text.replace("\u200b", "")
    match = (_TRAFFICKING_OR_RESULT if results_too else _TRAFFICKING).search(cleaned)
    return match.group() if match else ""


def looks_personal(name: str, type_: str) -> bool:
    """Would the answer to a question of this name and type probably say who somebody is?"""
    return type_ in _PERSONAL_TYPES or bool(_PERSONAL.search(name.lower()))
