"""Workbooks to start from: our own, a simple form, and one aligned with HTCDS, made by code.

HTCDS: Human Trafficking Case Data Standard 2.0, IOM, CC BY 4.0, without IOM's endorsement (domain.md 7.1);
codes are spelt as there. All Khmer here wants a native reader.
"""

import io
from collections.abc import Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from sync.core.problem import Problem
from sync.core.rows import Text

OURS = ("screening", "intake", "followup", "protocol")
TEMPLATES: Mapping[str, Text] = {
    "simple": {
        "en": "A simple form: five questions, one reason, one score",
        "km": "ទម្រង់សាមញ្ញ៖ សំណួរប្រាំ ហេតុផលមួយ ពិន្ទុមួយ",
    },
    "case_data": {
        "en": "Case data with the codes of HTCDS 2.0 (IOM, CC BY 4.0)",
        "km": "ទិន្នន័យករណីដែលមានកូដ HTCDS 2.0 (IOM, CC BY 4.0)",
    },
    "screening": {"en": "Our first talk, as it comes with Pteah", "km": "ការជួបដំបូងរបស់យើង ដូចដែលមកជាមួយ Pteah"},
    "intake": {"en": "Our longer first visit", "km": "ការចុះសួរដំបូងដ៏វែងរបស់យើង"},
    "followup": {"en": "Our later visits", "km": "ការចុះសួរបន្តបន្ទាប់របស់យើង"},
    "protocol": {"en": "Our protocol: levels, visits, examples", "km": "ពិធីការរបស់យើង៖ កម្រិត ការចុះសួរ ឧទាហរណ៍"},
}
"""Name -> what it is."""

_EN, _KM = "English (en)", "Khmer (km)"
_SURVEY = ("type", "name", f"label::{_EN}", f"label::{_KM}", "relevant", "privacy")
_CHOICES = ("list_name", "name", f"label::{_EN}", f"label::{_KM}")
_SETTINGS = ("form_title", "form_id", "version", "default_language")
_SCORES = ("name", f"label::{_EN}", f"label::{_KM}", "formula", "min", "max", "bands", "source")
_RISK = (
    *("indicator", f"label::{_EN}", f"label::{_KM}", "condition", "dimension", "level"),
    *(f"next step::{_EN}", f"next step::{_KM}", "on phone", "respond within", "stands for", "source"),
)
_REFUSED = ("ref", "Does not want to answer", "មិនចង់ឆ្លើយ")
_UNKNOWN = ("unk", "Does not know", "មិនដឹង")

Rows = list[tuple[str, ...]]


def template(name: str) -> bytes:
    """The workbook of this name. Raises Problem template.unknown."""
    if name in OURS:
        return (Path(__file__).parent / f"{name}.xlsx").read_bytes()
    if name not in _MADE:
        raise Problem("template.unknown")
    return _book(_MADE[name])


def _book(sheets: Mapping[str, Rows]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for place, _ in enumerate(rows[0], start=1):
            sheet.cell(1, place).font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(place)].width = 24
        for cells in sheet.iter_rows():
            for cell in cells:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _list(name: str, *choices: tuple[str, str, str]) -> Rows:
    return [(name, *choice) for choice in (*choices, _REFUSED)]


_SIMPLE: dict[str, Rows] = {
    "survey": [
        _SURVEY,
        ("start", "start", "", "", "", ""),
        ("end", "end", "", "", "", ""),
        ("select_one yn", "private", "Can we talk alone?", "តើយើងអាចនិយាយតែពីរនាក់បានទេ?", "", ""),
        ("begin group", "talk", "Talk", "ការសន្ទនា", "${private} = 'yes'", ""),
        ("text", "call_name", "Name to use", "ឈ្មោះសម្រាប់ហៅ", "", "identity"),
        ("select_one how", "sleep", "How is your sleep?", "តើអ្នកដេកយ៉ាងដូចម្ដេច?", "", "sensitive"),
        ("select_one how", "appetite", "How is your appetite?", "តើអ្នកញ៉ាំបានយ៉ាងដូចម្ដេច?", "", "sensitive"),
        ("select_one yn", "help_wanted", "Do you want us to come again?", "តើអ្នកចង់ឱ្យយើងមកម្ដងទៀតទេ?", "", ""),
        ("end group", "", "", "", "", ""),
    ],
    "choices": [
        _CHOICES,
        *_list("yn", ("yes", "Yes", "បាទ/ចាស"), ("no", "No", "ទេ"), _UNKNOWN),
        *_list("how", ("0", "Good", "ល្អ"), ("1", "Not so good", "មិនសូវល្អ"), ("2", "Bad", "អាក្រក់")),
    ],
    "settings": [_SETTINGS, ("Family visit S", "simple", "2026010101", _KM)],
    "scores": [
        _SCORES,
        ("strain", "Strain", "ភាពតានតឹង", "${sleep} + ${appetite}", "0", "4", "0-1 low; 2-4 raised", "proposal"),
    ],
    "risk": [
        _RISK,
        ("X1", "Sleeps and eats badly", "ដេកមិនបាន ញ៉ាំមិនបាន", "${score_strain} >= 4", "health", "medium",
         "Please call your coordinator this week.", "សូមទូរសព្ទទៅអ្នកសម្របសម្រួលរបស់អ្នកក្នុងសប្ដាហ៍នេះ។",
         "no", "7 days", "90 days", "proposal"),
    ],
}  # fmt: skip

_CASE_DATA: dict[str, Rows] = {
    "survey": [
        _SURVEY,
        ("start", "start", "", "", "", ""),
        ("end", "end", "", "", "", ""),
        ("select_one yn", "private", "Can we talk alone?", "តើយើងអាចនិយាយតែពីរនាក់បានទេ?", "", ""),
        ("begin group", "prs", "Person", "បុគ្គល", "${private} = 'yes'", ""),
        ("select_one gender", "prs_Gender", "Gender", "ភេទ", "", "sensitive"),
        ("date", "prs_Birthdate", "Day of birth", "ថ្ងៃខែឆ្នាំកំណើត", "", "identity"),
        ("text", "prs_Citizenship", "Citizenship (two letters, such as KH)", "សញ្ជាតិ (អក្សរពីរ ដូចជា KH)", "", "identity"),
        ("text", "prs_PrimaryLanguage", "Language (three letters, such as khm)", "ភាសា (អក្សរបី ដូចជា khm)", "", "sensitive"),
        ("integer", "prs_NumberOfChildren", "Number of children", "ចំនួនកូន", "", "sensitive"),
        ("end group", "", "", "", "", ""),
        ("begin group", "vic", "What happened", "អ្វីដែលបានកើតឡើង", "${private} = 'yes'", ""),
        ("integer", "vic_AgeWhenTrafficked", "Age when it began", "អាយុពេលវាចាប់ផ្ដើម", "", "sensitive"),
        ("select_one recruited", "vic_MethodOfRecruitment", "How did they find the work?", "តើរកការងារនោះបានដោយរបៀបណា?", "", "sensitive"),
        ("select_one relation", "vic_RelationshipToTrafficker", "Who offered it?", "តើនរណាជាអ្នកណែនាំ?", "", "sensitive"),
        ("select_multiple control", "vic_MethodsOfControl", "How were they kept there?", "តើគេឃាត់ទុកនៅទីនោះដោយរបៀបណា?", "", "sensitive"),
        ("select_multiple kind", "vic_TypeOfExploitation", "What kind of work was it?", "តើវាជាការងារប្រភេទណា?", "", "sensitive"),
        ("end group", "", "", "", "", ""),
        ("select_one yn", "con_Consent", "May this be kept?", "តើអាចរក្សាទុកព័ត៌មាននេះបានទេ?", "", ""),
    ],
    "choices": [
        _CHOICES,
        *_list("yn", ("yes", "Yes", "បាទ/ចាស"), ("no", "No", "ទេ"), _UNKNOWN),
        *_list("gender", ("Feminine", "Woman", "ស្រី"), ("Masculine", "Man", "ប្រុស"),
               ("TransgenderFeminine", "Trans woman", "ស្ត្រីប្ដូរភេទ"),
               ("TransgenderMasculine", "Trans man", "បុរសប្ដូរភេទ"),
               ("NonConforming", "Neither", "មិនមែនទាំងពីរ"),
               ("NonSpecifiedUnknown", "Not said", "មិនបានបញ្ជាក់")),
        *_list("recruited", ("AtAPlaceOfBusiness", "At a place of business", "នៅកន្លែងជំនួញ"),
               ("AtAnEducationalInstitution", "At a school", "នៅសាលារៀន"), ("AtWork", "At work", "នៅកន្លែងធ្វើការ"),
               ("ThroughOnlineSocialNetworks", "Social networks", "បណ្ដាញសង្គម"),
               ("ThroughFamilyOrFamilyEvents", "Family", "គ្រួសារ"),
               ("ThroughFriendsOrSocialEvents", "Friends", "មិត្តភក្ដិ"), ("Other", "Other", "ផ្សេងៗ")),
        *_list("relation", ("Familial", "Family", "គ្រួសារ"), ("Acquainted", "Somebody known", "អ្នកស្គាល់គ្នា"),
               ("Unaquainted", "A stranger", "អ្នកមិនស្គាល់")),
        *_list("control", ("PhysicalThreats", "Threats", "ការគំរាម"), ("ThreatsLawEnforcement", "Threats with the police", "គំរាមថាប្ដឹងប៉ូលិស"),
               ("ThreatensChildrenFamily", "Threats to the family", "គំរាមគ្រួសារ"), ("DebtBondage", "Debt", "បំណុល"),
               ("FalsePromises", "Promises not kept", "សន្យាមិនពិត"), ("PhysicalAbuse", "Beating", "ការវាយដំ"),
               ("TakesEarnings", "Earnings taken", "យកប្រាក់ចំណូល"), ("WithholdsNecessities", "No food or rest", "មិនឱ្យអាហារ ឬសម្រាក"),
               ("ExcessiveWorkingHours", "Very long hours", "ម៉ោងធ្វើការវែងពេក"),
               ("WithholdsDocuments", "Papers taken", "ដកហូតឯកសារ"), ("Other", "Other", "ផ្សេងៗ")),
        *_list("kind", ("ForcedLabour", "Work against their will", "ការងារដោយបង្ខំចិត្ត"), ("SexualExploitation", "Entertainment", "ការកម្សាន្ត"),
               ("ChildLabour", "Work as a child", "ការងារកុមារ"), ("ForcedMarriage", "Marriage", "រៀបការ"), ("Servitude", "House work", "ការងារផ្ទះ"),
               ("ForcedBegging", "Begging", "សុំទាន"), ("Other", "Other", "ផ្សេងៗ")),
    ],
    "settings": [_SETTINGS, ("Family visit H", "case_data", "2026010101", _KM)],
}  # fmt: skip

_MADE = {"simple": _SIMPLE, "case_data": _CASE_DATA}
