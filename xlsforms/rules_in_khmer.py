"""What the checker of expressions (`sync.core.xpath.checks`) says, in Khmer; see `xlsforms.in_khmer`."""

import re

_WHAT_TO_DO = re.compile(
    r"(.+?[.…])\s+((?:Write|Use only|Use|Did you mean|Compare|Say which|Leave|Name|Make|Add|Split|It takes)\b.+)",
    re.DOTALL,
)

RULES = {
    # --- functions
    "{}() cannot be used in a rule: it remembers its first value on the phone, which the server cannot repeat.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាចាំតម្លៃដំបូងលើទូរសព្ទ ដែលម៉ាស៊ីនមេមិនអាចធ្វើឡើងវិញ។",
    "{}() cannot be used in a rule: it gives another number every time.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាផ្ដល់លេខផ្សេងរាល់ដង។",
    "{}() cannot be used in a rule: it gives another text every time.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាផ្ដល់អត្ថបទផ្សេងរាល់ដង។",
    "{}() cannot be used in a rule: it gives another order every time.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាផ្ដល់លំដាប់ផ្សេងរាល់ដង។",
    "{}() cannot be used in a rule: it depends on the phone.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាអាស្រ័យលើទូរសព្ទ។",
    "{}() cannot be used in a rule: it depends on the form's version.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាអាស្រ័យលើកំណែទម្រង់។",
    "{}() cannot be used in a rule: it looks into a file that only the phone has; use instance('list')/root/item[…] instead.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាមើលឯកសារដែលមានតែលើទូរសព្ទ។ សូមប្រើ instance('list')/root/item[…]។",
    "{}() cannot be used in a rule: it works only in the phone's choice lists.": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ វាដំណើរការតែក្នុងបញ្ជីជម្រើសលើទូរសព្ទ។",
    "{}() cannot be used in a rule: it is replaced by conditions: write the repeat's path with [position() = 1].": "មិនអាចប្រើ {}() ក្នុងវិធានបានទេ៖ សូមសរសេរផ្លូវរបស់ repeat ជាមួយ [position() = 1]។",
    "There is no function {}().": "គ្មានអនុគមន៍ {}() ទេ។",
    "{}() is not among the functions that rules may use.": "{}() មិនស្ថិតក្នុងអនុគមន៍ដែលវិធានអាចប្រើទេ។",
    "{}() is given {} values.": "{}() ទទួល {} តម្លៃ។",
    "It takes at least {}.": "វាត្រូវការយ៉ាងតិច {}។",
    "It takes {} to {}.": "វាត្រូវការ {} ដល់ {}។",
    "It takes {}.": "វាត្រូវការ {}។",
    "{} is not a select question, so {}() cannot look into it.": "{} មិនមែនជាសំណួរជ្រើសរើស ដូច្នេះ {}() មិនអាចមើលវាបានទេ។",
    "{}() with an empty choice is true when nothing is chosen.": "{}() ជាមួយជម្រើសទទេ ពិតពេលគ្មានអ្វីត្រូវបានជ្រើស។",
    "Write = ''.": "សូមសរសេរ = ''។",
    "The choice in {}() must be in quotes, as in selected(${question}, '1').": "ជម្រើសក្នុង {}() ត្រូវនៅក្នុងសញ្ញា '…' ដូចជា selected(${question}, '1')។",
    "'{}' is no date.": "'{}' មិនមែនជាកាលបរិច្ឆេទ។",
    "Write it as yyyy-mm-dd, for example '2026-03-15'.": "សូមសរសេរជា yyyy-mm-dd ឧទាហរណ៍ '2026-03-15'។",
    "Write it as date('yyyy-mm-dd').": "សូមសរសេរជា date('yyyy-mm-dd')។",
    "Write it as 'yyyy-mm-dd'.": "សូមសរសេរជា 'yyyy-mm-dd'។",
    "{}() needs its pattern in quotes, as in format-date(${day}, '%Y-%m-%d').": "{}() ត្រូវការទម្រង់ក្នុងសញ្ញា '…' ដូចជា format-date(${day}, '%Y-%m-%d')។",
    "“{}” in {}() gives other texts on other phones, or none.": "“{}” ក្នុង {}() ផ្ដល់អត្ថបទផ្សេងលើទូរសព្ទផ្សេង ឬគ្មាន។",
    "regex() needs its pattern in quotes.": "regex() ត្រូវការទម្រង់ក្នុងសញ្ញា '…'។",
    "regex(): *+, ++ and ?+ are not for rules.": "regex()៖ *+, ++ និង ?+ មិនសម្រាប់វិធានទេ។",
    "Write *, + or ?.": "សូមសរសេរ *, + ឬ ?។",
    "{}() needs one question or repeat, for example {}(${age}).": "{}() ត្រូវការសំណួរ ឬ repeat មួយ ឧទាហរណ៍ {}(${age})។",
    "count({}) counts the question, not its answer: it is 1 also when empty.": "count({}) រាប់សំណួរ មិនមែនចម្លើយ៖ វាជា 1 ទោះទទេក៏ដោយ។",
    "Use count-selected() or count-non-empty().": "សូមប្រើ count-selected() ឬ count-non-empty()។",
    # --- comparing
    "'{}' is a text here, not a date.": "'{}' ជាអត្ថបទនៅទីនេះ មិនមែនកាលបរិច្ឆេទ។",
    "Write date('{}').": "សូមសរសេរ date('{}')។",
    "'{}' is not a number; +, -, *, div, < and > need numbers or dates.": "'{}' មិនមែនជាលេខ; +, -, *, div, < និង > ត្រូវការលេខ ឬកាលបរិច្ឆេទ។",
    "A date is never equal to '{}'.": "កាលបរិច្ឆេទមិនដែលស្មើ '{}' ទេ។",
    "!= is also true when {} was not answered. If that is not meant, add {} != ''.": "!= ក៏ពិតពេល {} មិនបានឆ្លើយ។ បើមិនចង់បានដូច្នេះ សូមបន្ថែម {} != ''។",
    "not(…) is also true when {} was not answered. If that is not meant, add {} != ''.": "not(…) ក៏ពិតពេល {} មិនបានឆ្លើយ។ បើមិនចង់បានដូច្នេះ សូមបន្ថែម {} != ''។",
    "div 0 is infinite, and infinite is more than any limit.": "ចែកនឹង 0 គ្មានកំណត់ ហើយលើសគ្រប់កម្រិត។",
    "If {} is 0, the result is infinite and more than any limit.": "បើ {} ជា 0 លទ្ធផលគ្មានកំណត់ ហើយលើសគ្រប់កម្រិត។",
    "Add {} > 0.": "សូមបន្ថែម {} > 0។",
    # --- what it gives
    "The formula must give a number; this gives a text, a date, or sometimes one of them.": "រូបមន្តត្រូវផ្ដល់លេខ; វាផ្ដល់អត្ថបទ កាលបរិច្ឆេទ ឬពេលខ្លះមួយក្នុងនោះ។",
    "The condition must be true or false; this gives a number.": "លក្ខខណ្ឌត្រូវជាពិត ឬមិនពិត; វាផ្ដល់លេខ។",
    "Write, for example, > 0.": "សូមសរសេរ ឧទាហរណ៍ > 0។",
    "The condition must be true or false; this gives an answer, and every answer counts as true, also “no”.": "លក្ខខណ្ឌត្រូវជាពិត ឬមិនពិត; វាផ្ដល់ចម្លើយ ហើយគ្រប់ចម្លើយរាប់ថាពិត សូម្បីតែ “no”។",
    "Compare it, for example = 'yes'.": "សូមប្រៀបធៀបវា ឧទាហរណ៍ = 'yes'។",
    # --- paths and lists
    "* in a path means any question and cannot be evaluated.": "* ក្នុងផ្លូវមានន័យថាសំណួរណាក៏បាន ហើយមិនអាចគណនាបានទេ។",
    "Name the question.": "សូមហៅឈ្មោះសំណួរ។",
    "There is no question at {} in this form.": "គ្មានសំណួរនៅ {} ក្នុងទម្រង់នេះទេ។",
    "There is no list named “{}”.": "គ្មានបញ្ជីឈ្មោះ “{}” ទេ។",
    "The list “{}” has no column “{}”.": "បញ្ជី “{}” គ្មានជួរឈរ “{}” ទេ។",
    "Did you mean {}()?": "តើអ្នកចង់សរសេរ {}() ឬ?",
    "{} has no choice “{}”.": "{} គ្មានជម្រើស “{}” ទេ។",
    # --- reading
    "The quote {} is opened but not closed.": "សញ្ញា {} បានបើក តែមិនបានបិទ។",
    "${ is opened but not closed with }.": "${ បានបើក តែមិនបានបិទដោយ }។",
    "Write it again after the text.": "សូមសរសេរវាម្ដងទៀតនៅក្រោយអត្ថបទ។",
    "Write } after the name of the question.": "សូមសរសេរ } នៅក្រោយឈ្មោះសំណួរ។",
    "Something is missing before {}: an operator such as +, =, and, or.": "ខ្វះអ្វីមួយមុន {}៖ សញ្ញាដូចជា +, =, and, or។",
    "The formula ends too early: something is missing.": "រូបមន្តចប់លឿនពេក៖ ខ្វះអ្វីមួយ។",
    "“{}” cannot stand here.": "“{}” មិនអាចនៅទីនេះបានទេ។",
    "Expected {} but found {}.": "រំពឹង {} តែឃើញ {}។",
    "Too many parentheses inside one another.": "មានវង់ក្រចកជ្រៅពេក។",
    "The formula has too many parts.": "រូបមន្តមានផ្នែកច្រើនពេក។",
    "Split it into several calculations.": "សូមបំបែកវាជាការគណនាច្រើន។",
}


def what_and_fix(sentence: str) -> tuple[str, str]:
    """A sentence of the checker, cut where it begins to say what to do."""
    match = _WHAT_TO_DO.fullmatch(sentence)
    return (match[1], match[2]) if match else (sentence, "")
