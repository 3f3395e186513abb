"""What pyxform and ODK Validate say, in our words and with what to do; their own sentence is kept beside it."""

import re
from dataclasses import dataclass, replace

from xlsforms.findings import Finding


@dataclass(frozen=True, slots=True)
class Plain:
    """One sentence of theirs and ours. `{}` stands for what the pattern's groups caught, in their order."""

    pattern: str
    message: str
    fix: str
    message_km: str
    fix_km: str


NUMBER_FIX, NUMBER_FIX_KM = "Write a plain number, such as 5.", "សូមសរសេរលេខធម្មតា ដូចជា 5។"
YES_FIX, YES_FIX_KM = "Write true or false.", "សូមសរសេរ true ឬ false។"
SCALE_FIX = "Write it as in: start=0 end=10 step=1"
SCALE_FIX_KM = "សូមសរសេរដូចជា៖ start=0 end=10 step=1"
NAME_RULES = "Use English letters, digits and _, beginning with a letter."
NAME_RULES_KM = "សូមប្រើអក្សរអង់គ្លេស លេខ និង _ ដោយផ្ដើមពីអក្សរ។"

TABLE: tuple[Plain, ...] = (
    # --- scales (range)
    Plain(r"For the 'range' .* parameter '(.+?)' must be a number\.", "“{}” of the scale is no number.", SCALE_FIX,
          "“{}” នៃមាត្រដ្ឋានមិនមែនជាលេខទេ។", SCALE_FIX_KM),
    Plain(r"For the 'range' .* parameter '(.+?)' must not be '0'.*", "“{}” of the scale is 0, so it has no steps.", SCALE_FIX,
          "“{}” នៃមាត្រដ្ឋានគឺ 0 ដូច្នេះគ្មានជំហានទេ។", SCALE_FIX_KM),
    Plain(r"For the 'range' .* parameter '(.+?)' must not be larger than the range.*",
          "“{}” of the scale is larger than the whole scale.", "Make it smaller, or move start and end apart.",
          "“{}” ធំជាងមាត្រដ្ឋានទាំងមូល។", "សូមធ្វើឱ្យវាតូច ឬបង្កើនគម្លាត start និង end។"),
    Plain(r"For the 'range' .* parameter '(.+?)' must be a multiple of 'step'\.",
          "“{}” of the scale does not fall on its steps.", "Make it two, three or more times the step.",
          "“{}” មិនត្រូវនឹងជំហាននៃមាត្រដ្ឋានទេ។", "សូមដាក់វាជាពីរដង បីដង ឬច្រើនដងនៃ step។"),
    Plain(r"For the 'range' .* parameter '(.+?)' must be between the 'start' and 'end'.*",
          "“{}” lies outside the scale.", "Choose a number from start to end.",
          "“{}” នៅក្រៅមាត្រដ្ឋាន។", "សូមជ្រើសលេខពី start ដល់ end។"),
    Plain(r"For the 'range' .* 'tick_labelset' must be a choice list name.*",
          "The words of the scale name a list that is not there.", "Write a list of the choices sheet after tick_labelset=.",
          "ពាក្យរបស់មាត្រដ្ឋានហៅបញ្ជីដែលគ្មាន។", "សូមសរសេរឈ្មោះបញ្ជីពីសន្លឹក choices ក្រោយ tick_labelset=។"),
    Plain(r"For the 'range' .* parameters 'tick_interval', .* are only supported.*",
          "This appearance of a scale can have no words or marks of its own.", "Take out the appearance, or tick_interval, placeholder and tick_labelset.",
          "រូបរាងមាត្រដ្ឋាននេះមិនអាចមានពាក្យ ឬសញ្ញាផ្ទាល់ទេ។", "សូមដក appearance ចេញ ឬដក tick_interval, placeholder និង tick_labelset ចេញ។"),
    Plain(r"For the 'range' .* choice values must all be numbers\.",
          "The words of a scale stand at numbers, and the list has other codes.", "Give each choice of that list a number as its name.",
          "ពាក្យរបស់មាត្រដ្ឋានត្រូវនៅលើលេខ ប៉ុន្តែបញ្ជីមានកូដផ្សេង។", "សូមដាក់លេខជាឈ្មោះឱ្យជម្រើសនីមួយៗក្នុងបញ្ជីនោះ។"),
    Plain(r"For the 'range' .* 'tick_labelset' choices must be between .*",
          "A word of the scale stands outside it.", "Give each choice of that list a number from start to end.",
          "ពាក្យមួយរបស់មាត្រដ្ឋាននៅក្រៅវា។", "សូមដាក់លេខពី start ដល់ end ឱ្យជម្រើសនីមួយៗក្នុងបញ្ជីនោះ។"),
    # --- parameters
    Plain(r"Parameters must be in the form of .*", "The parameters cannot be read.", "Write them as in: max-pixels=1024, with a space between two.",
          "មិនអាចអាន parameters បានទេ។", "សូមសរសេរដូចជា៖ max-pixels=1024 ដោយមានដកឃ្លារវាងពីរ។"),
    Plain(r"The accepted parameter keys for this question type are '(.+)'\. The following are invalid .*: '(.+)'\.",
          "This type of question takes {}, and not {}.", "Take it out, or mend its spelling.",
          "សំណួរប្រភេទនេះទទួល {} មិនមែន {} ទេ។", "សូមដកវាចេញ ឬកែអក្ខរាវិរុទ្ធ។"),
    Plain(r"For geoshape and geotrace questions, the 'incremental' parameter .*", "incremental can only be true.", "Write incremental=true, or take it out.",
          "incremental អាចជា true តែប៉ុណ្ណោះ។", "សូមសរសេរ incremental=true ឬដកវាចេញ។"),
    Plain(r"The '(.+?)' parameter must have a numeric value\.", "“{}” is no number.", NUMBER_FIX, "“{}” មិនមែនជាលេខ។", NUMBER_FIX_KM),
    Plain(r"Parameter (\S+) must have an integer value\.", "“{}” is no number.", NUMBER_FIX, "“{}” មិនមែនជាលេខ។", NUMBER_FIX_KM),
    Plain(r"The '(.+?)' parameter must be either 'true' or 'false'\.", "“{}” is neither true nor false.", YES_FIX, "“{}” មិនមែន true ឬ false ទេ។", YES_FIX_KM),
    Plain(r"(\S+) must be set to true or false: '.*' is an invalid value\.?", "“{}” is neither true nor false.", YES_FIX, "“{}” មិនមែន true ឬ false ទេ។", YES_FIX_KM),
    Plain(r"Invalid value for quality\.", "This quality of sound there is not.", "Write quality=normal, low or voice-only.",
          "គ្មានគុណភាពសំឡេងនេះទេ។", "សូមសរសេរ quality=normal, low ឬ voice-only។"),
    Plain(r"Parameters must include randomize=true to use a seed\.", "seed orders the choices by chance, which was not asked for.", "Add randomize=true, or take seed out.",
          "seed រៀបជម្រើសដោយចៃដន្យ ដែលមិនបានស្នើ។", "សូមបន្ថែម randomize=true ឬដក seed ចេញ។"),
    Plain(r"seed value must be a number or a reference to another field\.", "seed is neither a number nor a question.", "Write a number, or ${name} of a question.",
          "seed មិនមែនជាលេខ ឬសំណួរទេ។", "សូមសរសេរលេខ ឬ ${name} នៃសំណួរ។"),
    Plain(r"To include location information in the audit, .*", "The audit asks for places, and not for all three things that takes.", "Write location-priority, location-min-interval and location-max-age, or none of them.",
          "audit ស្នើទីតាំង ប៉ុន្តែមិនគ្រប់ទាំងបី។", "សូមសរសេរ location-priority, location-min-interval និង location-max-age ឬមិនសរសេរទាំងអស់។"),
    Plain(r"Parameter location-max-age must be greater than .*", "location-max-age is shorter than location-min-interval.", "Make it as long or longer.",
          "location-max-age ខ្លីជាង location-min-interval។", "សូមធ្វើឱ្យវាស្មើ ឬវែងជាង។"),
    Plain(r"Audits must always be named 'audit\.'.*", "The audit has a name of its own.", "Leave its name empty.",
          "audit មានឈ្មោះផ្ទាល់។", "សូមទុកឈ្មោះវាទទេ។"),
    # --- names
    Plain(r"On the 'survey' sheet, the 'name' value 'meta' is invalid.*", "“meta” is kept for what phones add to every record.", "Choose another name.",
          "“meta” ទុកសម្រាប់អ្វីដែលទូរសព្ទបន្ថែមក្នុងកំណត់ត្រា។", "សូមជ្រើសឈ្មោះផ្សេង។"),
    Plain(r"On the 'survey' sheet, the 'name' value '(.+?)' is problematic\. The name is a case-insensitive match.*",
          "“{}” differs from another name by capital letters alone.", "Choose a name that nobody mixes up.",
          "“{}” ខុសពីឈ្មោះផ្សេងតែអក្សរធំប៉ុណ្ណោះ។", "សូមជ្រើសឈ្មោះដែលមិនច្រឡំ។"),
    Plain(r"On the 'survey' sheet, the 'name' value '(.+?)' is invalid\. Repeat names must not be the same as the survey root.*",
          "“{}” is what the form itself is called inside.", "Choose another name for the repeat.",
          "“{}” ជាឈ្មោះខាងក្នុងរបស់ទម្រង់។", "សូមជ្រើសឈ្មោះផ្សេងឱ្យ repeat។"),
    Plain(r"Names must begin with a letter or underscore\..*", "This cannot be a name.", NAME_RULES, "នេះមិនអាចជាឈ្មោះបានទេ។", NAME_RULES_KM),
    Plain(r"Reference variables must start with '\$\{'.*", "A question is spoken of in a way that cannot be read.", "Write ${name}, without spaces inside.",
          "សំណួរត្រូវបានហៅតាមរបៀបដែលមិនអាចអានបាន។", "សូមសរសេរ ${name} ដោយគ្មានដកឃ្លាខាងក្នុង។"),
    Plain(r"Reference variable lists must have a comma.*", "Between two questions a comma is missing.", "Write ${one}, ${other}.",
          "ខ្វះសញ្ញាក្បៀសរវាងសំណួរពីរ។", "សូមសរសេរ ${one}, ${other}។"),
    # --- questions
    Plain(r"For 'background-geopoint' questions, the 'trigger' column must not be empty\.", "A place taken in the background has nothing that starts it.", "Write in trigger after which question, as ${name}.",
          "ទីតាំងដែលយកនៅផ្ទៃខាងក្រោយគ្មានអ្វីចាប់ផ្ដើមវាទេ។", "សូមសរសេរក្នុង trigger ថាក្រោយសំណួរណា ជា ${name}។"),
    Plain(r"For 'background-geopoint' questions, the 'calculation' column must be empty\.", "A place taken in the background cannot be calculated.", "Leave calculation empty.",
          "ទីតាំងដែលយកនៅផ្ទៃខាងក្រោយមិនអាចគណនាបានទេ។", "សូមទុក calculation ទទេ។"),
    Plain(r"To use big-image, you must also specify an image for .* (\S+)\.", "“{}” has a large picture and no small one.", "Fill in media::image too.",
          "“{}” មានរូបធំ តែគ្មានរូបតូច។", "សូមបំពេញ media::image ដែរ។"),
    Plain(r"There should be an external_choices sheet .*", "This type draws its choices from the sheet external_choices, which is not there.", "Use select_one with the choices sheet, or select_one_from_file.",
          "ប្រភេទនេះយកជម្រើសពីសន្លឹក external_choices ដែលគ្មាន។", "សូមប្រើ select_one ជាមួយសន្លឹក choices ឬ select_one_from_file។"),
    Plain(r"Choice filter not supported with or_other\.", "or_other and a choice filter do not go together.", "Add the choice “other” and a text question of your own.",
          "or_other និង choice_filter ប្រើជាមួយគ្នាមិនបានទេ។", "សូមបន្ថែមជម្រើស “other” និងសំណួរអត្ថបទផ្ទាល់។"),
    Plain(r"This form uses or_other and translations.*", "The words for “other” that or_other adds are English in every language.", "Add the choice “other” and a text question of your own.",
          "ពាក្យ “other” ដែល or_other បន្ថែមជាភាសាអង់គ្លេសក្នុងគ្រប់ភាសា។", "សូមបន្ថែមជម្រើស “other” និងសំណួរអត្ថបទផ្ទាល់។"),
    Plain(r"The same instance id will be generated .* Instance name: '(.+?)'.*", "“{}” is the name of a list of choices and of a file.", "Give the file another name.",
          "“{}” ជាឈ្មោះបញ្ជីជម្រើសផង និងឯកសារផង។", "សូមដាក់ឈ្មោះផ្សេងឱ្យឯកសារ។"),
    Plain(r"The 'disabled' column header is not part .*", "The column “disabled” is an old one.", "Write a condition in relevant that never holds, or take the row out.",
          "ជួរឈរ “disabled” ជារបស់ចាស់។", "សូមសរសេរលក្ខខណ្ឌក្នុង relevant ដែលមិនដែលពិត ឬដកជួរនេះចេញ។"),
    Plain(r"Use the max-pixels parameter .*", "A photo is sent as large as the camera makes it, which takes long on a slow network.", "Write max-pixels=1024 in the column parameters.",
          "រូបថតត្រូវផ្ញើតាមទំហំដើម ដែលយូរលើបណ្ដាញយឺត។", "សូមសរសេរ max-pixels=1024 ក្នុងជួរឈរ parameters។"),
    Plain(r"(\S+) is no longer supported on most devices\..*", "Phones no longer tell “{}”.", "Take the row out.",
          "ទូរសព្ទលែងប្រាប់ “{}” ទៀតហើយ។", "សូមដកជួរនេះចេញ។"),
    Plain(r"Language '.*' is missing the .*", "Columns of some languages are missing.", "Add those that people are to read.",
          "ខ្វះជួរឈរនៃភាសាខ្លះ។", "សូមបន្ថែមជួរឈរដែលមនុស្សត្រូវអាន។"),
    # --- ODK Validate: what phones' engine says when it opens the form
    Plain(r".*cannot handle function '(.+?)'\. Requires (\d+) arguments but (\d+) provided\.", "{}() needs {} values and is given {}.", "Write all of them between the brackets, with commas.",
          "{}() ត្រូវការ {} តម្លៃ តែទទួល {}។", "សូមសរសេរវាទាំងអស់ក្នុងវង់ក្រចក ដោយមានសញ្ញាក្បៀស។"),
    Plain(r".*cannot handle function '(.+?)'", "Phones know no function {}().", "Mend its spelling; xlsform.org lists those there are.",
          "ទូរសព្ទមិនស្គាល់អនុគមន៍ {}() ទេ។", "សូមកែអក្ខរាវិរុទ្ធ; xlsform.org រាយអនុគមន៍ដែលមាន។"),
    Plain(r".*indexed-repeat\(\): parameter 2 must be .*", "indexed-repeat() is given a repeat that the question does not lie in.", "Name first the question, then the repeat around it, then which one.",
          "indexed-repeat() ទទួល repeat ដែលសំណួរមិននៅក្នុងវា។", "សូមហៅសំណួរមុន បន្ទាប់មក repeat ជុំវិញវា រួចលេខរៀង។"),
    Plain(r".*type mismatch for function '(.+?)'", "{}() is given values of another kind than it takes.", "Look on xlsform.org for what it takes, and in which order.",
          "{}() ទទួលតម្លៃខុសប្រភេទ។", "សូមមើល xlsform.org ថាវាត្រូវការអ្វី និងតាមលំដាប់ណា។"),
    Plain(r".*The value \"(.*)\" can't be converted to a date\.", "“{}” is no date.", "Write it as yyyy-mm-dd, for example '2026-03-15'.",
          "“{}” មិនមែនជាកាលបរិច្ឆេទ។", "សូមសរសេរជា yyyy-mm-dd ឧទាហរណ៍ '2026-03-15'។"),
    Plain(r".*Instance referenced by instance\((.+?)\)\S* does not exist", "There is no list “{}” in this form.", "Mend its name, or add a question that draws from it.",
          "គ្មានបញ្ជី “{}” ក្នុងទម្រង់នេះទេ។", "សូមកែឈ្មោះវា ឬបន្ថែមសំណួរដែលយកពីវា។"),
    Plain(r".*Attempt to parent past the root node (\S+)", "The path {} leads out of the form.", "Write ${name} of the question.",
          "ផ្លូវ {} នាំចេញពីទម្រង់។", "សូមសរសេរ ${name} នៃសំណួរ។"),
    Plain(r"Error evaluating field '(.+?)'.*(?:Unclosed|near index).*", "The pattern in regex() at “{}” cannot be read.", "Close every bracket, and write \\\\ before one that is meant itself.",
          "មិនអាចអានទម្រង់ក្នុង regex() នៅ “{}” បានទេ។", "សូមបិទគ្រប់វង់ក្រចក ហើយសរសេរ \\\\ មុនវង់ក្រចកដែលជាអក្សរ។"),
    Plain(r"Cannot bind repeat to .*", "A select draws its choices from a question outside any repeat.", "Name a question that lies in a repeat, or a list of the choices sheet.",
          "សំណួរជ្រើសរើសយកជម្រើសពីសំណួរដែលមិននៅក្នុង repeat។", "សូមហៅសំណួរដែលនៅក្នុង repeat ឬបញ្ជីពីសន្លឹក choices។"),
    Plain(r"Choices should have a label\..*", "The choice has no label.", "Write one in every language.", "ជម្រើសគ្មានឈ្មោះបង្ហាញ។", "សូមសរសេរមួយជាគ្រប់ភាសា។"),
)  # fmt: skip
_COMPILED = tuple((re.compile(one.pattern, re.DOTALL), one) for one in TABLE)


KHMER = {
    english: khmer
    for one in TABLE
    for english, khmer in ((one.message, one.message_km), (one.fix, one.fix_km))
}
"""Our sentences, English and Khmer."""


def in_plain_words(said: Finding) -> Finding:
    """The finding in our words, with their sentence beside it; as it is where nobody wrote any yet."""
    text = said.message.removeprefix("ODK Validate: ").strip()
    for pattern, plain in _COMPILED:
        if match := pattern.fullmatch(text):
            words = plain.message.format(*match.groups())
            return replace(said, message=words, fix=plain.fix, original=said.message)
    return said
