"""The sentences of findings in Khmer, by their English; `{}` stands for a name, a cell or a number.

All of it is a first translation and wants a native reader. A sentence that is not here stays English.
"""

import re
from functools import cache

from xlsforms.plain_words import KHMER
from xlsforms.protocol_in_khmer import PROTOCOL_SHEETS
from xlsforms.rules_in_khmer import RULES

SENTENCES = {
    # --- cells
    "This cell is empty.": "ក្រឡានេះទទេ។",
    "This text is empty.": "អត្ថបទនេះទទេ។",
    "Write it in every language.": "សូមសរសេរជាគ្រប់ភាសា។",
    "Write one in every language.": "សូមសរសេរមួយជាគ្រប់ភាសា។",
    "The translation is missing.": "ខ្វះការបកប្រែ។",
    "Write it.": "សូមសរសេរវា។",
    "Mend it.": "សូមកែវា។",
    "“{}” is not a whole number.": "“{}” មិនមែនជាចំនួនគត់។",
    "Write a number such as 14.": "សូមសរសេរលេខ ដូចជា 14។",
    "“{}” is neither yes nor no.": "“{}” មិនមែន yes ឬ no ទេ។",
    "Write yes or no.": "សូមសរសេរ yes ឬ no។",
    "There is no {} named “{}”.": "គ្មាន {} ឈ្មោះ “{}” ទេ។",
    "“{}” is not a length of time.": "“{}” មិនមែនជារយៈពេល។",
    "Write same day, 24 h or 3 days.": "សូមសរសេរ same day, 24 h ឬ 3 days។",
    "“{}” is not a number.": "“{}” មិនមែនជាលេខ។",
    "Write a number such as 27.": "សូមសរសេរលេខ ដូចជា 27។",
    "Did you mean {}?": "តើអ្នកចង់សរសេរ {} ឬ?",
    "Write one of: {}.": "សូមសរសេរមួយក្នុងចំណោម៖ {}។",
    "Excel says {} here.": "Excel បង្ហាញ {} នៅទីនេះ។",
    "Mend the formula.": "សូមកែរូបមន្ត។",
    # --- the file
    "There is a formula here without a result, so that the cell would be read as empty.": "មានរូបមន្តនៅទីនេះដែលគ្មានលទ្ធផល ដូច្នេះក្រឡានេះនឹងត្រូវអានថាទទេ។",
    "Open the workbook in Excel and save it, or write the text itself.": "សូមបើកសៀវភៅការងារក្នុង Excel ហើយរក្សាទុក ឬសរសេរអត្ថបទផ្ទាល់។",
    "The cells {} are merged: only the first of them counts, the others are read as empty.": "ក្រឡា {} ត្រូវបានបញ្ចូលគ្នា៖ មានតែក្រឡាទីមួយដែលរាប់ ក្រឡាផ្សេងត្រូវអានថាទទេ។",
    "Unmerge them and fill each cell.": "សូមបំបែកវា ហើយបំពេញក្រឡានីមួយៗ។",
    "The sheet “{}” is hidden, and counts all the same.": "សន្លឹក “{}” ត្រូវបានលាក់ ប៉ុន្តែនៅតែរាប់។",
    "Unhide it, or take it out.": "សូមបង្ហាញវា ឬដកវាចេញ។",
    "Some cells take their values from another workbook, as they were when it was saved.": "ក្រឡាខ្លះយកតម្លៃពីសៀវភៅការងារផ្សេង ដូចពេលដែលវាត្រូវបានរក្សាទុក។",
    "Write the values themselves, so that the next person sees the same.": "សូមសរសេរតម្លៃផ្ទាល់ ដើម្បីឱ្យអ្នកបន្ទាប់ឃើញដូចគ្នា។",
    "The file {} is not there; phones would show an empty list or no picture.": "គ្មានឯកសារ {} ទេ ទូរសព្ទនឹងបង្ហាញបញ្ជីទទេ ឬគ្មានរូបភាព។",
    "Give it together with the workbook.": "សូមប្រគល់វាជាមួយសៀវភៅការងារ។",
    # --- files beside forms
    "This is no picture of the kind “{}”.": "នេះមិនមែនជារូបភាពប្រភេទ “{}” ទេ។",
    "Save it again as one.": "សូមរក្សាទុកវាម្ដងទៀតជាប្រភេទនោះ។",
    "This cannot be read as a list.": "មិនអាចអានឯកសារនេះជាបញ្ជីបានទេ។",
    "Save it in Excel as “CSV UTF-8”, with commas.": "សូមរក្សាទុកក្នុង Excel ជា “CSV UTF-8” ដោយប្រើសញ្ញាក្បៀស។",
    "There are {} columns “{}”.": "មានជួរឈរ {} ឈ្មោះ “{}”។",
    "Keep one of them.": "សូមទុកតែមួយ។",
    "The column “{}” is not there, and a form draws its choices from it.": "គ្មានជួរឈរ “{}” ទេ ប៉ុន្តែទម្រង់មួយយកជម្រើសពីវា។",
    "Add it, with this name.": "សូមបន្ថែមវាដោយឈ្មោះនេះ។",
    "There are no choices in it.": "គ្មានជម្រើសនៅក្នុងវាទេ។",
    "Write one in each row.": "សូមសរសេរមួយក្នុងជួរនីមួយៗ។",
    "Give the choice a code of its own.": "សូមដាក់កូដផ្ទាល់ឱ្យជម្រើសនេះ។",
    "“{}” has a space in it: a phone would read it as several choices.": "“{}” មានដកឃ្លា៖ ទូរសព្ទនឹងអានវាជាជម្រើសច្រើន។",
    "Write _ in place of it.": "សូមសរសេរ _ ជំនួសវា។",
    "“{}” is already in row {}.": "“{}” មាននៅជួរ {} រួចហើយ។",
    "Give each choice a code of its own.": "សូមដាក់កូដផ្ទាល់ឱ្យជម្រើសនីមួយៗ។",
    # --- questions
    "There are no questions.": "គ្មានសំណួរទេ។",
    "Add a sheet “survey” with questions.": "សូមបន្ថែមសន្លឹក “survey” ដែលមានសំណួរ។",
    "The question has no type.": "សំណួរគ្មានប្រភេទ។",
    "Write one, for example text.": "សូមសរសេរមួយ ឧទាហរណ៍ text។",
    "There is no type “{}”.": "គ្មានប្រភេទ “{}” ទេ។",
    "See xlsform.org for the types there are.": "សូមមើល xlsform.org សម្រាប់ប្រភេទដែលមាន។",
    "The type names no list.": "ប្រភេទនេះមិនបានប្រាប់ឈ្មោះបញ្ជី។",
    "Write “{} LIST”.": "សូមសរសេរ “{} LIST”។",
    "There is no choice list “{}”.": "គ្មានបញ្ជីជម្រើស “{}” ទេ។",
    "Add it to the choices sheet.": "សូមបន្ថែមវាក្នុងសន្លឹក choices។",
    "The question has no name.": "សំណួរគ្មានឈ្មោះ។",
    "Give it one, for example age_now.": "សូមដាក់ឈ្មោះមួយ ឧទាហរណ៍ age_now។",
    "“{}” cannot be a name.": "“{}” មិនអាចជាឈ្មោះបានទេ។",
    "Use English letters, digits and _, beginning with a letter.": "សូមប្រើអក្សរអង់គ្លេស លេខ និង _ ដោយផ្ដើមពីអក្សរ។",
    "“{}” is kept for what rules add to the form.": "“{}” ទុកសម្រាប់អ្វីដែលច្បាប់បន្ថែមក្នុងទម្រង់។",
    "Choose another name.": "សូមជ្រើសឈ្មោះផ្សេង។",
    "“{}” is already the name in row {}.": "“{}” ជាឈ្មោះនៅជួរ {} រួចហើយ។",
    "Give every question and group its own name.": "សូមដាក់ឈ្មោះផ្ទាល់ឱ្យសំណួរ និងក្រុមនីមួយៗ។",
    "The question has no label.": "សំណួរគ្មានអត្ថបទ។",
    "“{}” would stand on the phone for others to see.": "“{}” នឹងបង្ហាញលើទូរសព្ទឱ្យអ្នកដទៃឃើញ។",
    "Use neutral words.": "សូមប្រើពាក្យអព្យាក្រឹត។",
    "“{}” is not a privacy mark.": "“{}” មិនមែនជាសញ្ញាឯកជនភាព។",
    "Write identity or sensitive, or leave it empty.": "សូមសរសេរ identity ឬ sensitive ឬទុកឱ្យទទេ។",
    "The answer to “{}” may say who somebody is.": "ចម្លើយចំពោះ “{}” អាចប្រាប់ថាជានរណា។",
    "Write identity under “privacy”.": "សូមសរសេរ identity ក្រោម “privacy”។",
    "What is written at “{}” may name somebody.": "អ្វីដែលសរសេរនៅ “{}” អាចមានឈ្មោះនរណាម្នាក់។",
    "Write sensitive or identity under “privacy”.": "សូមសរសេរ sensitive ឬ identity ក្រោម “privacy”។",
    "The calculation is missing.": "ខ្វះការគណនា។",
    "“{}” is never closed.": "“{}” មិនដែលបានបិទ។",
    "Add “{}” after its last question.": "សូមបន្ថែម “{}” ក្រោយសំណួរចុងក្រោយរបស់វា។",
    "“{}” closes nothing that is open.": "“{}” បិទអ្វីដែលមិនបានបើក។",
    "Remove the row, or add the matching begin row.": "សូមលុបជួរនេះ ឬបន្ថែមជួរ begin ដែលត្រូវគ្នា។",
    # --- choices
    "“{}” has a space in it.": "“{}” មានដកឃ្លា។",
    "The choice has no name.": "ជម្រើសគ្មានឈ្មោះ។",
    "Write a short name without spaces.": "សូមសរសេរឈ្មោះខ្លីគ្មានដកឃ្លា។",
    "“{}” is already in this list, row {}.": "“{}” មានក្នុងបញ្ជីនេះរួចហើយ ជួរ {}។",
    "Give each choice of a list its own name.": "សូមដាក់ឈ្មោះផ្ទាល់ឱ្យជម្រើសនីមួយៗក្នុងបញ្ជី។",
    "The choice has no label.": "ជម្រើសគ្មានអត្ថបទ។",
    "Nobody can decline to answer with list {}.": "ជាមួយបញ្ជី {} គ្មាននរណាអាចបដិសេធមិនឆ្លើយបានទេ។",
    "Add a choice “{}”, unless the question only steers the form.": "សូមបន្ថែមជម្រើស “{}” លើកលែងតែសំណួរនេះគ្រាន់តែដឹកនាំទម្រង់។",
    # --- expressions
    "There is no question “{}”.": "គ្មានសំណួរ “{}” ទេ។",
    "There is no question named “{}”.": "គ្មានសំណួរឈ្មោះ “{}” ទេ។",
    "There is no score named “{}”.": "គ្មានពិន្ទុឈ្មោះ “{}” ទេ។",
    "Write the name of a question of this form.": "សូមសរសេរឈ្មោះសំណួរមួយនៃទម្រង់នេះ។",
    "A ${ is never closed.": "${ មិនដែលបានបិទ។",
    "Write ${name}.": "សូមសរសេរ ${name}។",
    "The expression cannot be read: {}": "មិនអាចអានកន្សោមនេះបានទេ៖ {}",
    "{} has no choice “{}”.": "{} គ្មានជម្រើស “{}” ទេ។",
    "{} has no choice “{}”. Its choices are {}.": "{} គ្មានជម្រើស “{}” ទេ។ ជម្រើសរបស់វាគឺ {}។",
    "{} never gives “{}”.": "{} មិនដែលឱ្យ “{}” ទេ។",
    "{}: this rests on itself, and phones will not open the form.": "{}៖ វាពឹងលើខ្លួនវា ហើយទូរសព្ទនឹងមិនបើកទម្រង់ទេ។",
    "Break the circle: take one of these names out of the calculation or condition.": "សូមផ្ដាច់រង្វង់៖ ដកឈ្មោះមួយក្នុងចំណោមនេះចេញពីការគណនា ឬលក្ខខណ្ឌ។",
    "“{}” is never asked: this can never hold.": "“{}” មិនដែលត្រូវបានសួរ៖ លក្ខខណ្ឌនេះមិនអាចពិតបានទេ។",
    "Nothing in “{}” is ever asked: this can never hold.": "គ្មានអ្វីក្នុង “{}” ត្រូវបានសួរទេ៖ លក្ខខណ្ឌនេះមិនអាចពិតបានទេ។",
    "Mend the condition, or remove the question.": "សូមកែលក្ខខណ្ឌ ឬលុបសំណួរ។",
    "“{}” is never asked, so that this rests on nothing.": "“{}” មិនដែលត្រូវបានសួរ ដូច្នេះវាគ្មានអ្វីពឹង។",
    "Mend when it is asked (column relevant), or leave it out here.": "សូមកែពេលដែលវាត្រូវសួរ (ជួរឈរ relevant) ឬដកវាចេញពីទីនេះ។",
    "This can never hold, whatever is answered.": "លក្ខខណ្ឌនេះមិនអាចពិតបានទេ ទោះឆ្លើយយ៉ាងណាក៏ដោយ។",
    "Mend the condition; look also when its questions are asked (column relevant).": "សូមកែលក្ខខណ្ឌ ហើយមើលថាសំណួររបស់វាត្រូវសួរពេលណា (ជួរឈរ relevant)។",
    # --- languages
    "The translation ({}) is missing; phones will show “-”.": "ខ្វះការបកប្រែ ({}) ទូរសព្ទនឹងបង្ហាញ “-”។",
    "There is no column for the translation ({}).": "គ្មានជួរឈរសម្រាប់ការបកប្រែ ({})។",
    "Add a column “{}”.": "សូមបន្ថែមជួរឈរ “{}”។",
    "The English words stand here too.": "ពាក្យអង់គ្លេសនៅទីនេះដែរ។",
    "Translate them.": "សូមបកប្រែវា។",
    "Translate it.": "សូមបកប្រែវា។",
    "This is the text of another language.": "នេះជាអត្ថបទនៃភាសាផ្សេង។",
    "In this row of the form is now “{}”.": "ក្នុងជួរនេះនៃទម្រង់ ឥឡូវគឺ “{}”។",
    "The form has no such row and column.": "ទម្រង់គ្មានជួរដេក និងជួរឈរនេះទេ។",
    "Keep the first four columns as they were.": "សូមទុកជួរឈរបួនដំបូងដូចដើម។",
    "The form changed since; get what is untranslated again.": "ទម្រង់បានផ្លាស់ប្ដូរ សូមទាញយកអ្វីដែលមិនទាន់បកប្រែម្ដងទៀត។",
    "The ${names} are not those of the other languages.": "${names} មិនដូចក្នុងភាសាផ្សេងទេ។",
    "Copy them unchanged.": "សូមចម្លងវាដោយមិនកែ។",
    # --- settings and columns
    "The form has no ID.": "ទម្រង់គ្មានលេខសម្គាល់ (ID)។",
    "“{}” cannot be a form ID.": "“{}” មិនអាចជា ID ទម្រង់បានទេ។",
    "Write letters, digits, _ or -, for example intake.": "សូមសរសេរអក្សរ លេខ _ ឬ - ឧទាហរណ៍ intake។",
    "“{}” cannot be a version.": "“{}” មិនអាចជាកំណែបានទេ។",
    "Write digits, letters, . or -, for example 2026012901.": "សូមសរសេរលេខ អក្សរ . ឬ - ឧទាហរណ៍ 2026012901។",
    "The form has no title.": "ទម្រង់គ្មានចំណងជើង។",
    "Write what phones should show.": "សូមសរសេរអ្វីដែលទូរសព្ទត្រូវបង្ហាញ។",
    "“{}” must not stand on a phone.": "“{}” មិនត្រូវបង្ហាញលើទូរសព្ទទេ។",
    "Write neutral words, for example Family visit A.": "សូមសរសេរពាក្យអព្យាក្រឹត ឧទាហរណ៍ Family visit A។",
    "This column stands here twice.": "ជួរឈរនេះមានពីរដង។",
    "Remove or rename one of them.": "សូមលុប ឬប្ដូរឈ្មោះមួយ។",
    "The column “{}” is missing.": "ខ្វះជួរឈរ “{}”។",
    "Add it in the first row.": "សូមបន្ថែមវានៅជួរទីមួយ។",
    "Add it; README.md names them.": "សូមបន្ថែមវា README.md រាយឈ្មោះវា។",
    "The column “{}” is not known.": "មិនស្គាល់ជួរឈរ “{}” ទេ។",
    # --- entities
    "“{}” is not a list this server keeps.": "“{}” មិនមែនជាបញ្ជីដែលម៉ាស៊ីនមេនេះរក្សាទុកទេ។",
    "The entity list has no name.": "បញ្ជីមនុស្សគ្មានឈ្មោះ។",
    "Write people.": "សូមសរសេរ people។",
    "New entries have no label.": "អ្នកថ្មីក្នុងបញ្ជីគ្មានឈ្មោះបង្ហាញ។",
    "Write such as ${call_name}.": "សូមសរសេរ ដូចជា ${call_name}។",
    "There is no entities sheet.": "គ្មានសន្លឹក entities ទេ។",
    "Add one, or empty this cell.": "សូមបន្ថែមមួយ ឬសម្អាតក្រឡានេះ។",
    "“{}” cannot be a property.": "“{}” មិនអាចជាលក្ខណៈបានទេ។",
    "Use letters, digits and _, and neither name nor label.": "សូមប្រើអក្សរ លេខ និង _ ហើយមិនមែន name ឬ label។",
    "“{}” is already saved in row {}.": "“{}” ត្រូវបានរក្សាទុកនៅជួរ {} រួចហើយ។",
    "Save it once.": "សូមរក្សាទុកតែម្ដង។",
    # --- scores and rules
    "Write it as in XLSForms, for example ${phq9} > 0.": "សូមសរសេរដូចក្នុង XLSForm ឧទាហរណ៍ ${phq9} > 0។",
    "Name the score, for example phq9.": "សូមដាក់ឈ្មោះពិន្ទុ ឧទាហរណ៍ phq9។",
    "Give the rule a code, for example H1.": "សូមដាក់កូដឱ្យច្បាប់ ឧទាហរណ៍ H1។",
    "“{}” stands in this sheet twice.": "“{}” មានក្នុងសន្លឹកនេះពីរដង។",
    "Give each row its own.": "សូមដាក់ឱ្យខុសគ្នាតាមជួរ។",
    "Use small letters, digits and _, such as phq9.": "សូមប្រើអក្សរតូច លេខ និង _ ដូចជា phq9។",
    "The greatest value is not above the smallest.": "តម្លៃធំបំផុតមិនធំជាងតម្លៃតូចបំផុត។",
    "Mend min or max.": "សូមកែ min ឬ max។",
    "“{}” cannot be a code.": "“{}” មិនអាចជាកូដបានទេ។",
    "Use letters and digits, such as H1.": "សូមប្រើអក្សរ និងលេខ ដូចជា H1។",
    "The rule goes to phones but has no next step to show.": "ច្បាប់នេះទៅដល់ទូរសព្ទ ប៉ុន្តែគ្មានជំហានបន្ទាប់ត្រូវបង្ហាញ។",
    "Write what the worker should do, or write no under “on phone”.": "សូមសរសេរអ្វីដែលបុគ្គលិកត្រូវធ្វើ ឬសរសេរ no ក្រោម “on phone”។",
    "Say only what to do, for example: Please call your coordinator today before you leave.": "សូមនិយាយតែអ្វីដែលត្រូវធ្វើ ឧទាហរណ៍៖ សូមទូរសព្ទទៅអ្នកសម្របសម្រួលថ្ងៃនេះ មុនពេលចាកចេញ។",
    "{}: this score rests on itself.": "{}៖ ពិន្ទុនេះពឹងលើខ្លួនវា។",
    "Break the circle: a score may use only rows above it.": "សូមផ្ដាច់រង្វង់៖ ពិន្ទុអាចប្រើតែជួរខាងលើវា។",
    "{} stands in row {}, below this one.": "{} នៅជួរ {} ខាងក្រោមជួរនេះ។",
    "Move that row above this one.": "សូមផ្លាស់ជួរនោះមកខាងលើ។",
    "“{}” is not a band.": "“{}” មិនមែនជាចន្លោះពិន្ទុ។",
    "“{}” overlaps the band before it, or is out of order.": "“{}” ជាន់ចន្លោះមុន ឬខុសលំដាប់។",
    "Write the bands in rising order, each number in one band only.": "សូមសរសេរចន្លោះតាមលំដាប់ឡើង លេខនីមួយៗក្នុងចន្លោះតែមួយ។",
    "“{}” goes beyond min or max.": "“{}” លើស min ឬ max។",
    "Mend the band, min or max.": "សូមកែចន្លោះ min ឬ max។",
    "“{}” runs backwards.": "“{}” ថយក្រោយ។",
    "Write the smaller number first.": "សូមសរសេរលេខតូចមុន។",
    # --- against what is published
    "“{}” of version {} is gone: it no longer counts for anybody, also where it stands now.": "“{}” នៃកំណែ {} បាត់ហើយ៖ វាលែងរាប់សម្រាប់នរណាទៀត ទោះកំពុងមានក៏ដោយ។",
    "Put it back, unless that is meant.": "សូមដាក់វាវិញ លើកលែងតែមានបំណងដូច្នេះ។",
    "Keep it in this form, or publish the protocol without it first.": "សូមទុកវាក្នុងទម្រង់នេះ ឬផ្សព្វផ្សាយពិធីការដែលគ្មានវាជាមុន។",
    "Example “{}” of the protocol (row {}) gives {}, not {}.": "ឧទាហរណ៍ “{}” ក្នុងពិធីការ (ជួរ {}) ឱ្យ {} មិនមែន {} ទេ។",
    "Example “{}” gives {}, not {}.": "ឧទាហរណ៍ “{}” ឱ្យ {} មិនមែន {} ទេ។",
    "Mend the rule. If the example expects the wrong level, publish the protocol without it, then this, then the protocol with the example mended.": "សូមកែច្បាប់។ បើឧទាហរណ៍រំពឹងកម្រិតខុស សូមផ្សព្វផ្សាយពិធីការដោយគ្មានវា បន្ទាប់មកទម្រង់នេះ រួចពិធីការដែលកែឧទាហរណ៍។",
    "Form {} is not published, so that {} examples were not tried.": "ទម្រង់ {} មិនទាន់បានផ្សព្វផ្សាយ ដូច្នេះឧទាហរណ៍ {} មិនបានសាកទេ។",
    "They are tried when it is.": "វានឹងត្រូវសាកពេលផ្សព្វផ្សាយ។",
    "ODK Validate did not run: there is no Java on this machine.": "ODK Validate មិនបានដំណើរការទេ៖ គ្មាន Java លើម៉ាស៊ីននេះ។",
    "ODK Validate: {}": "ODK Validate (កម្មវិធីពិនិត្យរបស់ ODK) និយាយថា៖ {}",
    # --- the protocol
    "Nobody can ever have level {}.": "គ្មាននរណាអាចមានកម្រិត {} បានទេ។",
    "Nobody at level {} is ever visited.": "គ្មាននរណានៅកម្រិត {} ត្រូវបានចុះសួរទេ។",
    "Grown-ups at level {} are never visited.": "មនុស្សពេញវ័យនៅកម្រិត {} មិនត្រូវបានចុះសួរទេ។",
    "Add rows for everyone.": "សូមបន្ថែមជួរសម្រាប់គ្រប់គ្នា។",
    "Add rows for it.": "សូមបន្ថែមជួរសម្រាប់វា។",
    "This row never decides: a row above it always holds first, or it can never hold.": "ជួរនេះមិនដែលសម្រេច៖ ជួរខាងលើពិតមុនជានិច្ច ឬជួរនេះមិនអាចពិតបាន។",
    "Mend it, move it up or remove it.": "សូមកែវា ផ្លាស់វាឡើងលើ ឬលុបវា។",
    "The last row has a condition, so that somebody could be left without a level.": "ជួរចុងក្រោយមានលក្ខខណ្ឌ ដូច្នេះអាចមានអ្នកគ្មានកម្រិត។",
    "Add a last row without a condition.": "សូមបន្ថែមជួរចុងក្រោយដែលគ្មានលក្ខខណ្ឌ។",
    "The sheet “{}” is missing or empty.": "សន្លឹក “{}” ខ្វះ ឬទទេ។",
    "There is no form “{}” (yet).": "គ្មានទម្រង់ “{}” (នៅឡើយ)។",
    "Form {} has no question “{}”.": "ទម្រង់ {} គ្មានសំណួរ “{}” ទេ។",
    "No form has a rule “{}”, so that this visit is never planned.": "គ្មានទម្រង់ណាមានច្បាប់ “{}” ដូច្នេះការចុះសួរនេះមិនត្រូវបានគ្រោងទេ។",
}


def in_khmer(sentence: str) -> str:
    """The sentence in Khmer, names and cells kept as they are; "" where it is not known."""
    for pattern, khmer in _patterns():
        match = pattern.fullmatch(sentence)
        if match:
            first, *parts = khmer.split("{}")
            told = [in_khmer(gap) or gap for gap in match.groups()]  # a sentence may be told within another
            return first + "".join(map("".join, zip(told, parts, strict=True)))
    return ""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The longest first: `{} has no choice “{}”. Its …` before `{} has no choice “{}”.`"""
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), khmer)
        for english, khmer in sorted(
            {**KHMER, **RULES, **PROTOCOL_SHEETS, **SENTENCES}.items(), key=lambda pair: -len(pair[0])
        )
    )
