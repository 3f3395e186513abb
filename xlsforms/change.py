"""One thing that a new version of a workbook changes, and the words for it.

All Khmer here wants a native reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "question": ("Question", "សំណួរ"),
    "group": ("Group", "ក្រុមសំណួរ"),
    "repeat": ("Repeat", "ផ្នែកធ្វើឡើងវិញ"),
    "list": ("Choice list", "បញ្ជីជម្រើស"),
    "choice": ("Choice list", "បញ្ជីជម្រើស"),
    "entity list": ("Entity list", "បញ្ជីមនុស្ស"),
    "score": ("Score", "ពិន្ទុ"),
    "rule": ("Rule", "ច្បាប់"),
    "setting": ("Setting", "ការកំណត់"),
    "dimension": ("Dimension", "ទិដ្ឋភាព"),
    "level": ("Level", "កម្រិត"),
    "combination": ("Combination", "ការរួមបញ្ចូល"),
    "visit": ("Visit", "ការចុះសួរ"),
    "trigger": ("Extra visit", "ការចុះសួរបន្ថែម"),
    "trend": ("Trend", "និន្នាការ"),
    "closing": ("Closing criterion", "លក្ខខណ្ឌបិទករណី"),
    "example": ("Example", "ឧទាហរណ៍"),
    "holiday": ("Holiday", "ថ្ងៃឈប់សម្រាក"),
    "contact": ("Contact", "អ្នកទំនាក់ទំនង"),
    "hotline": ("Help line", "ខ្សែជំនួយ"),
    "profile": ("Profile row", "ជួរប្រវត្តិរូប"),
    "weight": ("Weight", "ទម្ងន់"),
    "place": ("Place", "ទីកន្លែង"),
}
"""What can change -> English, Khmer."""

WORDS = {
    "removed": ("{what} is removed.", "{what} ត្រូវបានដកចេញ។"),
    "new": ("{what} is new{more}.", "{what} ថ្មី{more}។"),
    "type": ("{what}: type {before} becomes {after}.", "{what}៖ ប្រភេទ {before} ក្លាយជា {after}។"),
    "moved": ("{what} moves from {before} to {after}.", "{what} ផ្លាស់ពី {before} ទៅ {after}។"),
    "order": ("The questions come in another order.", "សំណួរមានលំដាប់ផ្សេង។"),
    "changed": (
        "{what}: {header} “{before}” becomes “{after}”.",
        "{what}៖ {header} “{before}” ក្លាយជា “{after}”។",
    ),
    "added": ("{what}: {header} is now “{after}”.", "{what}៖ {header} ឥឡូវគឺ “{after}”។"),
    "emptied": ("{what}: {header} “{before}” is taken away.", "{what}៖ {header} “{before}” ត្រូវបានដកចេញ។"),
    "renamed": ("{what} is renamed from {before}.", "{what} ប្ដូរឈ្មោះពី {before}។"),
    "perhaps renamed": ("{what}: renamed from {before}?", "{what}៖ ប្ដូរឈ្មោះពី {before} ឬ?"),
    "level now also": (
        "Level {level} now also when: {condition}",
        "កម្រិត {level} ឥឡូវក៏នៅពេល៖ {condition}",
    ),
    "level no longer": (
        "No longer a reason for level {level}: {condition}",
        "មិនមែនជាហេតុផលសម្រាប់កម្រិត {level} ទៀតទេ៖ {condition}",
    ),
    "setting": (
        "Setting {header}: “{before}” becomes “{after}”.",
        "ការកំណត់ {header}៖ “{before}” ក្លាយជា “{after}”។",
    ),
}
"""How it changed -> English, Khmer."""

USED = {
    "question": (" {used} answers are stored.", " មានចម្លើយរក្សាទុក {used}។"),
    "choice": (" It was used {used} times.", " វាត្រូវបានប្រើ {used} ដង។"),
}
WITHIN = (": choice ", "៖ ជម្រើស ")
LANGUAGES = ("en", "km")
_HARMS = {
    ("question", "removed"),
    ("question", "type"),
    ("question", "perhaps renamed"),
    ("choice", "removed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two workbooks."""

    of: str
    """A key of KINDS."""
    how: str
    """A key of WORDS."""
    name: str = ""
    """The question, rule … it is about; of a choice `list: choice`."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the words have gaps for; see `in_languages`."""
    used: int | None = None
    """How many stored answers it is about; None: not counted."""

    @property
    def breaks(self) -> bool:
        """Would stored answers lose their meaning, or their column?"""
        return bool(self.used) and (self.of, self.how) in _HARMS

    def sentence(self, language: str = "en") -> str:
        """The change in words; names and cells stay as they are written."""
        place = LANGUAGES.index(language) if language in LANGUAGES else 0
        name = self.name.replace(": choice ", WITHIN[place]) if self.of == "choice" else self.name
        what = f"{KINDS[self.of][place]} {name}".strip()
        theirs = {one.removesuffix(f" {language}"): text for one, text in self.values.items()
                  if one.endswith(f" {language}")}  # fmt: skip
        told = WORDS[self.how][place].format_map({"what": what, "more": "", **self.values, **theirs})
        used = USED.get(self.of, ("", ""))[place].format(used=self.used) if self.used else ""
        return told + used

    def __str__(self) -> str:
        return self.sentence()

    def document(self) -> dict[str, Any]:
        """For JSON and for keeping."""
        return {
            "of": self.of,
            "how": self.how,
            "name": self.name,
            "values": dict(self.values),
            "used": self.used,
            "breaks": self.breaks,
            "sentence": self.sentence(),
        }


def in_languages(gap: str, told: Mapping[str, str]) -> dict[str, str]:
    """The values for a gap that is filled otherwise for readers of another language: `more`, `more km`."""
    others = {f"{gap} {language}": text for language, text in told.items() if text != told["en"]}
    return {gap: told["en"], **others}


def change_from(found: Mapping[str, Any]) -> Change:
    """The change a document was made from."""
    return Change(
        of=found["of"], how=found["how"], name=found["name"], values=found["values"], used=found["used"]
    )
