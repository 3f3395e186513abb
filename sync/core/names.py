"""Keys under which a name is found again, in Khmer or Latin letters, however it was spelt.

A name gives exact keys (`=sokha`) and sound keys (`~SKA`). A sound key keeps what Cambodian spellings agree
on: the consonants as they are spoken, and whether the name begins or ends with a vowel. So សុខា, Sokha, Sauka
and Sok Kha share one; so do a few different names, which is why a key finds candidates for people and never
decides. Source: domain.md 8.2 and 8.3; the rules of sound are our own [proposal].
"""

import re
import unicodedata
from itertools import pairwise

MOST_PARTS = 8
LONGEST_PART = 60

_UNSEEN = re.compile("[\u00ad\u17b4\u17b5\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Zero-width spaces and joiners, marks of direction and byte order, Khmer's two inherent vowels."""
_BETWEEN = re.compile(r"[\s\-–—.,;:·/\\_()\[\]\"“”«»។៕៖]+")
_SAME_LOOK = (
    ("\u17d3", "\u17c6"),
    ("\u17a3", "\u17a2"),
    ("\u17a4", "\u17a2\u17b6"),
    ("\u17c1\u17b6", "\u17c4"),
    ("\u17c1\u17b8", "\u17be"),
    ("\u17c6\u17b6", "\u17b6\u17c6"),
    ("\u17d2\u178a", "\u17d2\u178f"),
)
"""What is typed in several ways and looks the same on every screen (a subscript DA is a subscript TA)."""
_KHMER = re.compile("[\u1780-\u17d3\u17dd]")
_COENG, _VOWELS = "\u17d2", "[\u17b6-\u17c5]"
_ORDER = re.compile(f"({_VOWELS})([\u17c9\u17ca])|((?:{_COENG}\u179a))((?:{_COENG}[\u1780-\u17a2]))")


def name_keys(text: str) -> frozenset[str]:
    """The keys of this name: of each of its parts, of neighbours written as one, of all of it as one.

    Two names that may be the same share some. Empty for a text without a letter or digit.
    """
    parts = name_parts(text)
    joined = ["".join(pair) for pair in pairwise(parts)]
    return frozenset(key for part in (*parts, *joined, "".join(parts)) for key in part_keys(part))


def name_parts(text: str) -> list[str]:
    """The parts of a name as they are compared: small letters, one way of typing, no marks nobody sees."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFC", text[: 2 * MOST_PARTS * LONGEST_PART]))
    for typed, seen in _SAME_LOOK:
        plain = plain.replace(typed, seen)
    plain = _ORDER.sub(lambda m: m[2] + m[1] if m[1] else m[4] + m[3], plain)
    parts = (_letters(part)[:LONGEST_PART] for part in _BETWEEN.split(plain.casefold()))
    return [part for part in parts if part][:MOST_PARTS]


def part_keys(part: str) -> frozenset[str]:
    """The keys of one part: as it is written, and as it sounds."""
    if not part:
        return frozenset()
    sound = sound_of(part)
    return frozenset((f"={part}", f"~{sound}")) if sound else frozenset((f"={part}",))


def sound_of(part: str) -> str:
    """How one part of a name sounds, or "" for a script whose sounds are not known here."""
    if _KHMER.search(part):
        return _finish(_khmer_sounds(part))
    if part.isascii() and part.isalpha():
        return _finish(_latin_sounds(part))
    return ""


def _letters(part: str) -> str:
    """Without accents, tone marks and signs; Khmer keeps its vowels."""
    if _KHMER.search(part):
        return "".join(letter for letter in part if letter.isalnum() or _KHMER.match(letter))
    apart = unicodedata.normalize("NFKD", part)
    return "".join(letter for letter in apart if letter.isalnum())


# A name as sounds: capital letters for consonants (K C T N P M Y R L V S H, G for ng), `a` for any vowel.


def _finish(sounds: str) -> str:
    """The key of these sounds: consonants, and `A` where the name begins or ends with a vowel."""
    sounds = re.sub(r"([A-Z])\1+", r"\1", sounds)
    sounds = re.sub(r"(?<!^)Y", "a", sounds)
    sounds = re.sub(r"V+a*$|(?<=a)R$", "a", sounds) if len(sounds) > 1 and "a" not in sounds[-1:] else sounds
    begins, ends = sounds[:1] == "a", sounds[-1:] == "a"
    bare = sounds.replace("a", "")
    if not bare:
        return "A" if sounds else ""
    return f"{'A' if begins else ''}{bare}{'A' if ends or len(bare) == 1 == len(sounds) else ''}"


_LATIN = (
    ("chh", "C"), ("tch", "C"), ("ng", "G"), ("nh", "N"), ("gn", "N"), ("ch", "C"), ("ck", "K"), ("kh", "K"),
    ("gh", "K"), ("ph", "P"), ("bh", "P"), ("th", "T"), ("dh", "T"), ("sh", "S"), ("rh", "R"),
    ("c", "C"), ("j", "C"), ("k", "K"), ("g", "K"), ("q", "K"), ("x", "S"), ("t", "T"), ("d", "T"),
    ("p", "P"), ("b", "P"), ("f", "P"), ("m", "M"), ("n", "N"), ("r", "R"), ("l", "L"), ("v", "V"),
    ("w", "V"), ("s", "S"), ("z", "S"), ("h", "H"),
)  # fmt: skip
_LATIN_SOUND = re.compile("|".join(spelt for spelt, _ in _LATIN))
_OF_LATIN = dict(_LATIN)


def _latin_sounds(part: str) -> str:
    part = re.sub(r"y(?=[aeiou])", "Y", part)  # before a vowel a consonant, elsewhere a vowel
    part = re.sub(r"[aeiouy]+", "a", part.replace("Y", "\0")).replace("\0", "Y")
    part = re.sub(r"a?w(?![a\0])", "a", part)  # Keow, Sauw
    sounds = _LATIN_SOUND.sub(lambda found: _OF_LATIN[found[0]], part)
    sounds = re.sub(r"aR(?![aY])", "a", sounds)  # Thoeurn, Hour: written, not spoken
    sounds = re.sub(r"(?<=[a-z])H(?=a)", "\0", sounds)  # Seiha keeps its h; Sokheng and Kimheng do not
    sounds = re.sub(r"(?<!^)H", "", sounds).replace("\0", "H")
    return re.sub(r"NT$", "N", sounds)  # Chanth


_KHMER_SOUND = (
    dict.fromkeys("កខគឃ", "K") | dict.fromkeys("ចឆជឈ", "C") | dict.fromkeys("ដឋឌឍតថទធ", "T")
    | dict.fromkeys("ញណន", "N") | dict.fromkeys("បផពភ", "P") | dict.fromkeys("សឝឞ", "S")
    | dict.fromkeys("លឡឭឮ", "L") | dict.fromkeys("រឫឬ", "R")
    | {"ង": "G", "ម": "M", "យ": "Y", "វ": "V", "ហ": "H", "អ": "", "ៈ": "aK", "ំ": "M"}
    | dict.fromkeys("ាិីឹឺុូួើឿៀេែៃោៅឥឦឧឨឩឪឯឰឱឲឳ័", "a")
)  # fmt: skip
_KILLED = re.compile("[\u1780-\u17a2][\u17b7\u17bb]?\u17cd")
_SILENT_END = re.compile(f"(?:{_COENG}[\u1780-\u17a2])+$")
_SHORT_END = re.compile(f"({_COENG}[\u1780-\u17a2])[\u17b7\u17bb]$")
"""The short vowel that ends words such as សម្បត្តិ is not spoken."""


def _khmer_sounds(part: str) -> str:
    part = _KILLED.sub("", part)
    part = _SILENT_END.sub("", _SHORT_END.sub(r"\1", part))
    sounds = "".join(_KHMER_SOUND.get(letter, "") for letter in part)
    if part[:1] == "អ" and sounds[:1] != "a":
        sounds = f"a{sounds}"
    return re.sub(r"(?<!^)(?<!a)H", "", sounds)
