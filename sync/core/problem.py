"""Everything that can go wrong in a way a caller can understand and act on, in one catalogue.

The code is for programs, the message for the person who holds the phone or the mouse and says what to
do; nothing is formatted where a Problem is raised. No HTTP here: `server.problems` maps kinds to
statuses. A code is never reused. Texts that can reach a phone have Khmer too; both are shown there,
since a phone does not say which language its owner reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["invalid", "unauthenticated", "forbidden", "missing", "conflict", "too_large", "unavailable"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can go wrong."""

    kind: Kind
    en: str
    km: str = ""


class Problem(Exception):
    """Something a caller can understand and act on. See CATALOGUE for every code.

    `details` fill the message and are shown to people: never put a name or an answer there.
    """

    def __init__(self, code: str, **details: object) -> None:
        self.code, self.details = code, details
        self.entry = CATALOGUE[code]
        super().__init__(self.message("en"))

    @property
    def kind(self) -> Kind:
        """Which family of answers this belongs to."""
        return self.entry.kind

    def message(self, language: str = "en", written: Callable[[object], object] = str) -> str:
        """The sentence in `language`, or in English where that has none; its details as they are `written`."""
        text = self.entry.km if language == "km" and self.entry.km else self.entry.en
        return text.format(**{name: written(value) for name, value in self.details.items()})

    @property
    def message_for_phones(self) -> str:
        """Khmer first, then English: whoever holds the phone can read one of them or show it."""
        return "\n".join(dict.fromkeys([self.message("km"), self.message("en")]))


CATALOGUE: dict[str, Entry] = {
    # --- a phone asks
    "openrosa.version_missing": Entry(
        "invalid",
        "This address speaks OpenRosa 1.0 and the request did not say so. Please use ODK Collect.",
        "អាសយដ្ឋាននេះប្រើជាមួយកម្មវិធី ODK Collect។ សូមប្រើ ODK Collect។",
    ),
    "device.unknown": Entry(
        "forbidden",
        "This phone is not registered here any more. Please show it to your coordinator.",
        "ទូរសព្ទនេះមិនទាន់បានចុះឈ្មោះនៅទីនេះទេ។ សូមយកវាទៅបង្ហាញអ្នកសម្របសម្រួលរបស់អ្នក។",
    ),
    "login.failed": Entry(
        "unauthenticated",
        "The user name or the password is not right. Please check both in the settings, or ask your coordinator.",
        "ឈ្មោះអ្នកប្រើ ឬពាក្យសម្ងាត់មិនត្រឹមត្រូវ។ សូមពិនិត្យក្នុងការកំណត់ ឬសួរអ្នកសម្របសម្រួលរបស់អ្នក។",
    ),
    "draft.over": Entry(
        "missing",
        "This trial of a form is over. Please scan the code of the next one, or go on with the forms in use.",
        "ការសាកល្បងទម្រង់នេះបានចប់ហើយ។ សូមស្កេនកូដថ្មី ឬប្រើទម្រង់ដែលកំពុងប្រើ។",
    ),
    "draft.unknown": Entry("missing", "Form {form_id} is not being tried out."),
    "draft.one_form": Entry(
        "invalid",
        "Tried out is one form, or one protocol with any number of forms. Leave the other workbooks out.",
        "អាចសាកល្បងបានទម្រង់មួយ ឬពិធីសារមួយជាមួយទម្រង់ប៉ុន្មានក៏បាន។ សូមដកសៀវភៅការងារផ្សេងចេញ។",
    ),
    "login.unknown": Entry(
        "missing",
        "There is no user name {user}. To see them: pteah login list",
        "គ្មានឈ្មោះអ្នកប្រើ {user} ទេ។ ដើម្បីមើលទាំងអស់៖ pteah login list",
    ),
    "address.unknown": Entry(
        "missing",
        "There is nothing under this address. Please show the phone to your coordinator.",
        "គ្មានអ្វីនៅអាសយដ្ឋាននេះទេ។ សូមយកទូរសព្ទទៅបង្ហាញអ្នកសម្របសម្រួលរបស់អ្នក។",
    ),
    "device.unregistered": Entry(
        "missing",
        "No phone in use is registered under this name or number.",
        "គ្មានទូរសព្ទកំពុងប្រើណាដែលបានចុះឈ្មោះក្រោមឈ្មោះ ឬលេខនេះទេ។",
    ),
    "device.ambiguous": Entry("conflict", "Several phones have this name; say the number of one: {numbers}."),
    "worker.unknown": Entry(
        "missing",
        "No outreach worker is registered under “{worker_id}”.",
        "គ្មានបុគ្គលិកចុះមូលដ្ឋានចុះឈ្មោះជា «{worker_id}» ទេ។",
    ),
    "worker.several": Entry(
        "invalid",
        "Several outreach workers may be meant: {which}. Type one of these, or more of the name.",
        "អាចមានន័យថាបុគ្គលិកចុះមូលដ្ឋានច្រើននាក់៖ {which}។ សូមវាយមួយក្នុងចំណោមនេះ ឬវាយឈ្មោះឲ្យពេញជាងនេះ។",
    ),
    "conflict.unknown": Entry(
        "missing",
        "Nothing waits here any more: somebody settled it, or it is not yours to settle.",
        "គ្មានអ្វីរង់ចាំនៅទីនេះទៀតទេ៖ មានគេដោះស្រាយហើយ ឬមិនមែនជារបស់អ្នក។",
    ),
    "conflict.changed": Entry(
        "conflict",
        "Somebody else settled this a moment ago. Load the page again.",
        "មានអ្នកផ្សេងទើបដោះស្រាយ។ សូមបើកទំព័រម្ដងទៀត។",
    ),
    "refused.unknown": Entry(
        "missing",
        "This record was taken in or put aside in between, or it cannot be taken in.",
        "កំណត់ត្រានេះត្រូវបានទទួល ឬទុកមួយឡែករួចហើយ ឬមិនអាចទទួលបាន។",
    ),
    "worker.left": Entry(
        "conflict",
        "“{worker_id}” works here no longer. Take them back first, or choose somebody else.",
        "«{worker_id}» លែងធ្វើការនៅទីនេះហើយ។ សូមទទួលគាត់មកវិញសិន ឬជ្រើសរើសអ្នកផ្សេង។",
    ),
    "worker.has_people": Entry(
        "conflict",
        "“{worker_id}” still visits {count} people. Say who takes them over, or that they wait for somebody.",
        "«{worker_id}» នៅចុះសួរសុខទុក្ខមនុស្ស {count} នាក់។ សូមប្រាប់ថានរណាទទួលបន្ត ឬថាពួកគេរង់ចាំសិន។",
    ),
    "worker.takes_own": Entry(
        "invalid",
        "Whoever leaves cannot take the people over. Choose another worker.",
        "អ្នកដែលចាកចេញ មិនអាចទទួលបន្តដោយខ្លួនឯងបានទេ។ សូមជ្រើសរើសបុគ្គលិកផ្សេង។",
    ),
    "worker.id_invalid": Entry(
        "invalid",
        "“{worker_id}” cannot be a worker’s short name. Use Latin letters, digits, dot, dash: at most 60.",
        "«{worker_id}» មិនអាចជាឈ្មោះខ្លីបានទេ។ សូមប្រើអក្សរឡាតាំង លេខ ចំណុច ឬសញ្ញា - មិនលើស ៦០ តួ។",
    ),
    "worker.name_invalid": Entry(
        "invalid",
        "A worker needs a name, and neither it nor the team’s may be longer than 60 letters.",
        "បុគ្គលិកត្រូវមានឈ្មោះ។ ឈ្មោះ និងឈ្មោះក្រុមមិនអាចលើស ៦០ តួអក្សរទេ។",
    ),
    "worker.place_unknown": Entry(
        "invalid",
        "No province, district or commune has the code {codes}. Codes have 2, 4 or 6 digits.",
        "គ្មានខេត្ត ស្រុក ឬឃុំណាមានលេខកូដ {codes} ទេ។ លេខកូដមាន ២ ៤ ឬ ៦ ខ្ទង់។",
    ),
    "worker.covers_unknown": Entry(
        "invalid",
        "Whose people are on the phone is one of: {choices}.",
        "បញ្ជីលើទូរសព្ទជារបស់៖ {choices}។",
    ),
    "worker.covers_nothing": Entry(
        "invalid",
        "To carry the people of a team or of places, the worker needs a team or places.",
        "ដើម្បីមានបញ្ជីរបស់ក្រុម ឬតំបន់ បុគ្គលិកត្រូវមានក្រុម ឬតំបន់។",
    ),
    "worker.ahead_days_invalid": Entry(
        "invalid",
        "How many days before a visit a person is listed is a whole number from 0 to {most}.",
        "ចំនួនថ្ងៃមុនការសួរសុខទុក្ខត្រូវជាលេខគត់ពី ០ ដល់ {most}។",
    ),
    "phone_csv.unreadable": Entry(
        "invalid",
        "This is not a CSV file. In Excel choose “Save as”, then “CSV UTF-8”.",
        "នេះមិនមែនជាឯកសារ CSV ទេ។ ក្នុង Excel សូមជ្រើស «Save as» រួច «CSV UTF-8»។",
    ),
    "phone_csv.empty": Entry("invalid", "No phone is in this file.", "គ្មានទូរសព្ទក្នុងឯកសារនេះទេ។"),
    "phone_csv.too_large": Entry(
        "too_large",
        "The file is too long. Connect at most {most} phones at once.",
        "ឯកសារវែងពេក។ សូមភ្ជាប់ទូរសព្ទមិនលើស {most} ក្នុងមួយលើក។",
    ),
    "phone_csv.columns_missing": Entry(
        "invalid",
        "The first line does not name these columns: {columns}.",
        "ជួរទីមួយមិនមានឈ្មោះជួរឈរ៖ {columns}។",
    ),
    "phone_csv.columns_unknown": Entry(
        "invalid",
        "Nothing is known of these columns: {columns}. Known are: {known}.",
        "មិនស្គាល់ជួរឈរ៖ {columns}។ ជួរឈរដែលស្គាល់៖ {known}។",
    ),
    "phone_csv.name_invalid": Entry(
        "invalid",
        "The phone needs a name of at most {most} letters.",
        "ទូរសព្ទត្រូវមានឈ្មោះមិនលើស {most} តួអក្សរ។",
    ),
    "phone_csv.name_taken": Entry(
        "conflict",
        "Another phone in use, or in this file, has this name.",
        "មានទូរសព្ទផ្សេងកំពុងប្រើ ឬក្នុងឯកសារនេះ មានឈ្មោះនេះហើយ។",
    ),
    "phone_csv.worker_differs": Entry(
        "conflict",
        "“{worker_id}” is registered otherwise. Leave these cells empty, or change the worker first.",
        "«{worker_id}» បានចុះឈ្មោះខុសពីនេះ។ សូមទុកក្រឡាទាំងនេះទទេ ឬកែបុគ្គលិកសិន។",
    ),
    "worker.exists": Entry(
        "conflict",
        "An outreach worker is already registered under “{worker_id}”. Choose another short name.",
        "មានបុគ្គលិកចុះមូលដ្ឋានចុះឈ្មោះជា «{worker_id}» រួចហើយ។ សូមជ្រើសរើសឈ្មោះខ្លីផ្សេង។",
    ),
    "form.unknown": Entry(
        "missing",
        "This form is not used here. Please refresh your forms, or call your coordinator. Your record stays on the phone.",
        "ទម្រង់នេះមិនត្រូវបានប្រើនៅទីនេះទេ។ សូមធ្វើបច្ចុប្បន្នភាពទម្រង់ ឬទូរសព្ទទៅអ្នកសម្របសម្រួល។ កំណត់ត្រានៅតែមានក្នុងទូរសព្ទ។",
    ),
    "form.version_unknown": Entry(
        "missing",
        "This version of the form is not known here. Please refresh your forms and call your coordinator. Your record stays on the phone.",
        "ទម្រង់កំណែនេះមិនស្គាល់នៅទីនេះទេ។ សូមធ្វើបច្ចុប្បន្នភាពទម្រង់ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។ កំណត់ត្រានៅតែមានក្នុងទូរសព្ទ។",
    ),
    "form.closed": Entry(
        "conflict",
        "This form is closed and takes no more records. Your record stays on the phone; please call your coordinator.",
        "ទម្រង់នេះបានបិទហើយ មិនទទួលកំណត់ត្រាទៀតទេ។ កំណត់ត្រានៅតែមានក្នុងទូរសព្ទ សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "form.unpublished": Entry(
        "missing",
        "No form {form_id} was published. To see them: pteah form list",
        "គ្មានទម្រង់ {form_id} ដែលបានបោះផ្សាយទេ។ ដើម្បីមើលទាំងអស់៖ pteah form list",
    ),
    "media.unknown": Entry(
        "missing",
        "This file does not belong to the form. Please refresh your forms.",
        "ឯកសារនេះមិនមែនជារបស់ទម្រង់នេះទេ។ សូមធ្វើបច្ចុប្បន្នភាពទម្រង់។",
    ),
    "entity_list.unknown": Entry(
        "missing",
        "This list is not kept here. Please refresh your forms.",
        "បញ្ជីនេះមិនត្រូវបានរក្សាទុកនៅទីនេះទេ។ សូមធ្វើបច្ចុប្បន្នភាពទម្រង់។",
    ),
    # --- a phone sends
    "submission.multipart_unreadable": Entry(
        "invalid",
        "The record did not arrive whole. Please send it again where the signal is better.",
        "កំណត់ត្រាមកមិនគ្រប់។ សូមផ្ញើម្ដងទៀតនៅកន្លែងដែលមានសេវាល្អ។",
    ),
    "submission.xml_missing": Entry(
        "invalid",
        "The record did not arrive whole (its answers are missing). Please send it again.",
        "កំណត់ត្រាមកមិនគ្រប់ (ខ្វះចម្លើយ)។ សូមផ្ញើម្ដងទៀត។",
    ),
    "submission.xml_twice": Entry(
        "invalid",
        "Two records arrived in one sending. Nothing was kept; please call your coordinator.",
        "កំណត់ត្រាពីរមកដល់ក្នុងពេលតែមួយ។ មិនទាន់បានរក្សាទុកទេ សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.unreadable": Entry(
        "invalid",
        "The record cannot be read. Keep it on the phone and call your coordinator.",
        "មិនអាចអានកំណត់ត្រានេះបានទេ។ សូមរក្សាទុកក្នុងទូរសព្ទ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.instance_id_missing": Entry(
        "invalid",
        "The record has no number of its own. Keep it on the phone and call your coordinator.",
        "កំណត់ត្រានេះគ្មានលេខសម្គាល់ទេ។ សូមរក្សាទុកក្នុងទូរសព្ទ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.form_id_missing": Entry(
        "invalid",
        "The record does not say which form it belongs to. Keep it on the phone and call your coordinator.",
        "កំណត់ត្រានេះមិនប្រាប់ថាជាទម្រង់ណាទេ។ សូមរក្សាទុកក្នុងទូរសព្ទ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.conflict": Entry(
        "conflict",
        "This record arrived before with other answers. Both are kept. Do not send it again; call your coordinator.",
        "កំណត់ត្រានេះបានមកដល់មុនហើយ ប៉ុន្តែចម្លើយខុសគ្នា។ ទាំងពីរត្រូវបានរក្សាទុក។ កុំផ្ញើម្ដងទៀត សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.overtaken": Entry(
        "conflict",
        "This record was changed elsewhere before. Both changes are kept. Do not send it again; call your coordinator.",
        "កំណត់ត្រានេះត្រូវបានកែនៅកន្លែងផ្សេងមុនហើយ។ ការកែទាំងពីរត្រូវបានរក្សាទុក។ កុំផ្ញើម្ដងទៀត សូមទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.too_large": Entry(
        "too_large",
        "This is more than {limit_mb} MB, too much for one sending. Keep it on the phone and call your coordinator.",
        "ទំហំនេះលើសពី {limit_mb} MB ធំពេកសម្រាប់ផ្ញើម្ដង។ សូមរក្សាទុកក្នុងទូរសព្ទ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "submission.too_many_parts": Entry(
        "invalid",
        "Too many files in one sending. Keep the record on the phone and call your coordinator.",
        "ឯកសារច្រើនពេកក្នុងការផ្ញើម្ដង។ សូមរក្សាទុកកំណត់ត្រាក្នុងទូរសព្ទ ហើយទូរសព្ទទៅអ្នកសម្របសម្រួល។",
    ),
    "attachment.unknown": Entry(
        "missing",
        "This file was not received with any record.",
        "ឯកសារនេះមិនបានមកជាមួយកំណត់ត្រាណាទេ។",
    ),
    "attachment.picture_unreadable": Entry(
        "invalid",
        "This picture is damaged or far too large, so what else it says could not be taken out, and it is not "
        "shown. It is kept as it came: whoever runs the server can still take it out.",
        "រូបភាពនេះខូច ឬធំពេក ដូច្នេះមិនអាចដកព័ត៌មានផ្សេងចេញបានទេ ហើយមិនត្រូវបានបង្ហាញទេ។ "
        "វានៅរក្សាទុកដូចដើម៖ អ្នកគ្រប់គ្រងម៉ាស៊ីនមេអាចយកវាចេញបាន។",
    ),
    "submission.unknown": Entry(
        "missing",
        "No record with this instance ID was received.",
        "មិនដែលទទួលបានកំណត់ត្រាដែលមានលេខនេះទេ។",
    ),
    # --- the server itself
    "server.unexpected": Entry(
        "unavailable",
        "Something went wrong here, not on your side. Nothing is lost; please try again later. (Number {request_id})",
        "មានបញ្ហានៅខាងយើង មិនមែនខាងអ្នកទេ។ គ្មានអ្វីបាត់ទេ សូមព្យាយាមម្ដងទៀតពេលក្រោយ។ (លេខ {request_id})",
    ),
    "server.busy": Entry(
        "unavailable",
        "The server cannot keep records right now. Nothing is lost; please try again in some minutes.",
        "ឥឡូវនេះម៉ាស៊ីនមេមិនអាចទទួលកំណត់ត្រាបានទេ។ គ្មានអ្វីបាត់ទេ សូមព្យាយាមម្ដងទៀតបន្តិចទៀត។",
    ),
    # --- people and programs
    "token.unknown": Entry("unauthenticated", "This token is not valid. Ask an administrator for a new one."),
    "account.sign_in_failed": Entry(
        "unauthenticated",
        "The user name or the password is not right.",
        "ឈ្មោះអ្នកប្រើ ឬពាក្យសម្ងាត់មិនត្រឹមត្រូវ។",
    ),
    "token.reads_only": Entry(
        "forbidden",
        "This token may read and not decide. Make one that may: pteah token add NAME --may-decide",
    ),
    "token.phones_missing": Entry(
        "forbidden",
        "This token may not connect or lock out phones. Make one that may: pteah token add NAME --may-manage-phones",
    ),
    "token.scope_missing": Entry(
        "forbidden",
        "This token does not open this part of the API. It needs the scope {scope}, or read.",
    ),
    "token.exports_not": Entry("forbidden", "This token takes nothing out. It needs the scope export."),
    "export.file_unknown": Entry("invalid", "The file must end in .csv or .xlsx."),
    "export.purpose_unknown": Entry(
        "invalid",
        "Say what the export is for, one of: {purposes}.",
        "សូមប្រាប់ថាការនាំចេញនេះសម្រាប់អ្វី មួយក្នុងចំណោម៖ {purposes}។",
    ),
    "token.id_unknown": Entry(
        "missing",
        "There is no token {token_id}. To see them: pteah token list",
        "គ្មានថូខឹន {token_id} ទេ។ ដើម្បីមើលទាំងអស់៖ pteah token list",
    ),
    "account.exists": Entry(
        "conflict",
        "There is already an account named {user}.",
        "មានគណនីឈ្មោះ {user} រួចហើយ។",
    ),
    "account.unknown": Entry(
        "missing",
        "There is no account named {user}. To see them: pteah user list",
        "គ្មានគណនីឈ្មោះ {user} ទេ។ ដើម្បីមើលទាំងអស់៖ pteah user list",
    ),
    "invitation.unknown": Entry(
        "missing",
        "This invitation was used, has ended or was replaced by another. Ask whoever sent it for a new one.",
        "លិខិតអញ្ជើញនេះត្រូវបានប្រើរួច ផុតកំណត់ ឬត្រូវបានជំនួស។ សូមសុំលិខិតថ្មីពីអ្នកដែលបានផ្ញើ។",
    ),
    "oidc.not_configured": Entry(
        "missing",
        "This server is not connected with an organisation's sign-in.",
        "ម៉ាស៊ីនមេនេះមិនបានភ្ជាប់ជាមួយការចូលប្រើរបស់អង្គការទេ។",
    ),
    "oidc.unreachable": Entry(
        "unavailable",
        "Your organisation's sign-in does not answer. Sign in with your password, or try again later.",
        "ប្រព័ន្ធចូលរបស់អង្គការអ្នកមិនឆ្លើយតបទេ។ សូមចូលដោយពាក្យសម្ងាត់ ឬព្យាយាមម្ដងទៀតពេលក្រោយ។",
    ),
    "oidc.refused": Entry(
        "unauthenticated",
        "Your organisation's sign-in did not let you in, or it took too long. Please try again.",
        "ប្រព័ន្ធចូលរបស់អង្គការអ្នកមិនបានអនុញ្ញាត ឬចំណាយពេលយូរពេក។ សូមព្យាយាមម្ដងទៀត។",
    ),
    "oidc.not_linked": Entry(
        "unauthenticated",
        "Your organisation's account is not connected with one here yet. Sign in with your password and connect it on the page of your account.",
        "គណនីអង្គការរបស់អ្នកមិនទាន់ភ្ជាប់ជាមួយគណនីនៅទីនេះទេ។ សូមចូលដោយពាក្យសម្ងាត់ ហើយភ្ជាប់វានៅទំព័រគណនីរបស់អ្នក។",
    ),
    "oidc.linked_elsewhere": Entry(
        "conflict",
        "This account of your organisation is connected with another account here.",
        "គណនីអង្គការនេះបានភ្ជាប់ជាមួយគណនីផ្សេងទៀតនៅទីនេះរួចហើយ។",
    ),
    "session.unknown": Entry(
        "missing",
        "This session has ended already.",
        "ការចូលនេះបានបញ្ចប់រួចហើយ។",
    ),
    "account.tries_spent": Entry(
        "invalid",
        "Too many wrong passwords. Please wait some minutes.",
        "ពាក្យសម្ងាត់ខុសច្រើនដងពេក។ សូមរង់ចាំពីរបីនាទី។",
    ),
    "account.own_role": Entry(
        "conflict",
        "Nobody changes their own role or closes their own account: another administrator does that.",
        "គ្មាននរណាប្ដូរតួនាទី ឬបិទគណនីរបស់ខ្លួនឯងទេ៖ អ្នកគ្រប់គ្រងម្នាក់ទៀតធ្វើការនោះ។",
    ),
    "account.user_invalid": Entry(
        "invalid",
        "A user name has 2 to 40 small letters, digits, points or hyphens, and begins with a letter or digit.",
        "ឈ្មោះអ្នកប្រើមានអក្សរឡាតាំងតូច លេខ ចំណុច ឬសហសញ្ញា ពី ២ ដល់ ៤០ តួ ហើយចាប់ផ្ដើមដោយអក្សរ ឬលេខ។",
    ),
    "account.role_unknown": Entry(
        "invalid",
        "There is no role {role}. Choose one of: {roles}.",
        "គ្មានតួនាទី {role} ទេ។ សូមជ្រើសមួយ៖ {roles}។",
    ),
    "account.place_invalid": Entry(
        "invalid",
        "A place is the code of a province (2 digits), a district (4) or a commune (6), for example 01 or 0105.",
        "ទីកន្លែងគឺជាលេខកូដខេត្ត (២ ខ្ទង់) ស្រុក (៤) ឬឃុំ (៦) ឧទាហរណ៍ 01 ឬ 0105។",
    ),
    "account.password_weak": Entry(
        "invalid",
        "Please choose a password of at least {length} characters that is not the user name.",
        "សូមជ្រើសពាក្យសម្ងាត់យ៉ាងតិច {length} តួអក្សរ ហើយមិនដូចឈ្មោះអ្នកប្រើ។",
    ),
    "account.not_allowed": Entry(
        "forbidden",
        "Your account does not open this page. Ask an administrator if you need it.",
        "គណនីរបស់អ្នកមិនអាចបើកទំព័រនេះទេ។ សូមសួរអ្នកគ្រប់គ្រង ប្រសិនបើអ្នកត្រូវការវា។",
    ),
    "returnee.unknown": Entry(
        "missing",
        "Nobody is registered under this code. Check the code, or look in the caseload.",
        "គ្មាននរណាចុះឈ្មោះក្រោមលេខកូដនេះទេ។ សូមពិនិត្យលេខកូដ ឬរកមើលក្នុងបញ្ជីករណី។",
    ),
    "returnee.reason_needed": Entry(
        "forbidden",
        "This person is not among yours. Open the page with her case code first and say why you need to see it.",
        "មនុស្សនេះមិនស្ថិតក្នុងចំណោមអ្នកដែលអ្នកទទួលបន្ទុកទេ។ សូមបើកទំព័រតាមលេខកូដករណីជាមុន ហើយប្រាប់ពីមូលហេតុ។",
    ),
    "returnee.reason_short": Entry(
        "invalid",
        "Please say in a few words why you need to see this ({length} characters or more).",
        "សូមប្រាប់ដោយខ្លីថាហេតុអ្វីអ្នកត្រូវមើល ({length} តួអក្សរ ឬច្រើនជាងនេះ)។",
    ),
    "outbound.url_invalid": Entry(
        "invalid",
        "This is no web address that can be called: it begins with https:// and holds no user name.",
        "នេះមិនមែនជាអាសយដ្ឋានបណ្ដាញដែលអាចហៅបានទេ៖ វាផ្ដើមដោយ https:// ហើយគ្មានឈ្មោះអ្នកប្រើទេ។",
    ),
    "outbound.not_https": Entry(
        "invalid",
        "Only an address that begins with https:// may be called: others can read along on the way.",
        "អាចហៅតែអាសយដ្ឋានដែលផ្ដើមដោយ https:// ប៉ុណ្ណោះ៖ បើមិនដូច្នោះ អ្នកដទៃអាចអានតាមផ្លូវ។",
    ),
    "outbound.inside": Entry(
        "invalid",
        "This address leads into the server's own network and is not called.",
        "អាសយដ្ឋាននេះនាំចូលបណ្ដាញផ្ទាល់របស់ម៉ាស៊ីនមេ ហើយមិនត្រូវបានហៅទេ។",
    ),
    "outbound.unknown_host": Entry(
        "invalid",
        "The server does not find this address. Check its spelling.",
        "ម៉ាស៊ីនមេរកអាសយដ្ឋាននេះមិនឃើញទេ។ សូមពិនិត្យអក្ខរាវិរុទ្ធ។",
    ),
    "outbound.failed": Entry(
        "unavailable",
        "The other server did not answer as it should. Please try again later.",
        "ម៉ាស៊ីនមេម្ខាងទៀតមិនបានឆ្លើយតបដូចដែលគួរទេ។ សូមព្យាយាមម្ដងទៀតពេលក្រោយ។",
    ),
    "page.number_invalid": Entry(
        "invalid",
        "Write a whole number from {least} to {most}.",
        "សូមសរសេរលេខគត់ពី {least} ដល់ {most}។",
    ),
    "page.position_unknown": Entry(
        "invalid",
        "This page of the list is not known. Begin again at the first page.",
        "មិនស្គាល់ទំព័រនេះនៃបញ្ជីទេ។ សូមចាប់ផ្ដើមម្ដងទៀតពីទំព័រទីមួយ។",
    ),
    # --- somebody decides about a person
    "message.channel_unknown": Entry(
        "invalid",
        "This way is not set up here. Ask whoever runs the server, or choose another one.",
        "មធ្យោបាយនេះមិនទាន់បានរៀបចំនៅទីនេះទេ។ សូមសួរអ្នកថែទាំម៉ាស៊ីនមេ ឬជ្រើសមធ្យោបាយផ្សេង។",
    ),
    "message.address_invalid": Entry(
        "invalid",
        "This is no address for that way. E-mail: name@example.org; SMS: +855 12 345 678; Telegram: the number of the chat.",
        "នេះមិនមែនជាអាសយដ្ឋានសម្រាប់មធ្យោបាយនោះទេ។ អ៊ីមែល៖ name@example.org; SMS៖ +855 12 345 678; Telegram៖ លេខនៃការជជែក។",
    ),
    "message.not_sent": Entry(
        "unavailable",
        "The message could not be sent. It is tried again; what it says is also shown in Pteah.",
        "មិនអាចផ្ញើសារបានទេ។ នឹងសាកផ្ញើម្តងទៀត ហើយអ្វីដែលវាប្រាប់ក៏មានក្នុង Pteah ដែរ។",
    ),
    "webhook.unknown": Entry(
        "missing",
        "There is no such webhook. It may have been removed.",
        "គ្មានតំណនេះទេ។ ប្រហែលជាត្រូវបានដកចេញហើយ។",
    ),
    "calendar.unknown": Entry(
        "missing",
        "This calendar address is not valid any more. Make a new one on the page of your account.",
        "អាសយដ្ឋានប្រតិទិននេះលែងប្រើបានហើយ។ សូមបង្កើតថ្មីនៅទំព័រគណនីរបស់អ្នក។",
    ),
    "decision.reason_missing": Entry(
        "invalid",
        "Please say why, in a sentence or two.",
        "សូមសរសេរមូលហេតុ មួយឬពីរប្រយោគ។",
    ),
    "decision.reason_too_long": Entry(
        "invalid",
        "The reason is longer than {longest} characters. Please say it more shortly.",
        "មូលហេតុវែងជាង {longest} តួអក្សរ។ សូមសរសេរឲ្យខ្លីជាងនេះ។",
    ),
    "decision.level_unknown": Entry(
        "invalid",
        "The protocol in force has no such level. Please choose one of its levels.",
        "ពិធីការបច្ចុប្បន្នគ្មានកម្រិតនេះទេ។ សូមជ្រើសកម្រិតមួយក្នុងពិធីការ។",
    ),
    "decision.day_missing": Entry(
        "invalid",
        "Please say which day was agreed.",
        "សូមប្រាប់ថ្ងៃដែលបានព្រមព្រៀង។",
    ),
    "typed.gone": Entry(
        "missing",
        "What was typed is not here any more: it was sent, it is older than twelve hours, or somebody else typed it.",
        "អ្វីដែលបានវាយលែងមាននៅទីនេះហើយ៖ វាត្រូវបានផ្ញើរួច វាចាស់លើសដប់ពីរម៉ោង ឬអ្នកផ្សេងបានវាយវា។",
    ),
    "decision.changed_meanwhile": Entry(
        "invalid",
        "Nothing was kept yet: this case changed while you were deciding. See below what is new, then send again if it still holds.",
        "មិនទាន់រក្សាទុកអ្វីទេ៖ ករណីនេះបានផ្លាស់ប្ដូរពេលអ្នកកំពុងសម្រេចចិត្ត។ សូមមើលខាងក្រោមអ្វីដែលថ្មី រួចផ្ញើម្ដងទៀតបើនៅតែត្រឹមត្រូវ។",
    ),
    "view.name_missing": Entry(
        "invalid",
        "Please give this choice a name, such as: Overdue in Battambang.",
        "សូមដាក់ឈ្មោះឱ្យជម្រើសនេះ ឧទាហរណ៍៖ ហួសកាលកំណត់នៅបាត់ដំបង។",
    ),
    "view.too_many": Entry(
        "invalid",
        "More than {most} kept choices are hard to find again. Please forget one of them first.",
        "ជម្រើសដែលរក្សាទុកលើសពី {most} ពិបាករកឃើញវិញ។ សូមលុបមួយចេញសិន។",
    ),
    "decision.day_unreadable": Entry(
        "invalid",
        "This is no day. Please choose one, or write it as year-month-day, such as 2026-11-23.",
        "នេះមិនមែនជាថ្ងៃទេ។ សូមជ្រើសថ្ងៃមួយ ឬសរសេរជា ឆ្នាំ-ខែ-ថ្ងៃ ឧទាហរណ៍ 2026-11-23។",
    ),
    "decision.day_not_ahead": Entry(
        "invalid",
        "Please choose a day from today on, and no more than {days} days ahead.",
        "សូមជ្រើសថ្ងៃចាប់ពីថ្ងៃនេះទៅ ហើយមិនលើសពី {days} ថ្ងៃខាងមុខ។",
    ),
    "decision.day_not_past": Entry(
        "invalid",
        "The day must be today or at most {days} days back.",
        "ថ្ងៃត្រូវតែជាថ្ងៃនេះ ឬមុននេះយ៉ាងច្រើន {days} ថ្ងៃ។",
    ),
    "decision.consent_missing": Entry(
        "invalid",
        "The person has not agreed to this being passed on, or took it back. Ask at the next visit; help does not depend on it.",
        "គាត់មិនទាន់យល់ព្រមឱ្យបញ្ជូនបន្ត ឬបានដកការយល់ព្រមវិញ។ សូមសួរនៅពេលជួបលើកក្រោយ ជំនួយមិនអាស្រ័យលើរឿងនេះទេ។",
    ),
    "decision.in_reflection": Entry(
        "invalid",
        "The time to rest and to think lasts until {on}. Nobody decides formally before, unless the person asks for it in writing.",
        "ពេលសម្រាក និងគិត មានរហូតដល់ថ្ងៃ {on}។ មុនថ្ងៃនោះ គ្មាននរណាសម្រេចជាផ្លូវការទេ លើកលែងតែគាត់ស្នើសុំជាលាយលក្ខណ៍អក្សរ។",
    ),
    "decision.question_unknown": Entry(
        "invalid",
        "This record has no such answer. Reload the page and choose it again.",
        "កំណត់ត្រានេះគ្មានចម្លើយនេះទេ។ សូមបើកទំព័រម្តងទៀត ហើយជ្រើសម្តងទៀត។",
    ),
    "decision.answer_not_taken": Entry(
        "invalid",
        "A phone would not take this answer to this question. Look at what the question allows, and write it"
        " again.",
        "ទូរស័ព្ទមិនទទួលចម្លើយនេះសម្រាប់សំណួរនេះទេ។ សូមមើលអ្វីដែលសំណួរអនុញ្ញាត ហើយសរសេរម្ដងទៀត។",
    ),
    "decision.service_unknown": Entry(
        "invalid",
        "The directory has no such service. Choose one from the list.",
        "បញ្ជីសេវាគ្មានសេវានេះទេ។ សូមជ្រើសពីបញ្ជី។",
    ),
    "decision.same_file": Entry(
        "invalid",
        "Both codes lead to the same file. Choose two people.",
        "លេខកូដទាំងពីរនាំទៅសំណុំរឿងតែមួយ។ សូមជ្រើសមនុស្សពីរនាក់។",
    ),
    "decision.pair_changed": Entry(
        "invalid",
        "Nothing was merged yet: one of the two changed while you were deciding. Look at both once more, then send again.",
        "មិនទាន់បញ្ចូលគ្នាទេ៖ សំណុំរឿងមួយក្នុងចំណោមពីរបានផ្លាស់ប្ដូរ ពេលអ្នកកំពុងសម្រេចចិត្ត។ សូមមើលទាំងពីរម្ដងទៀត រួចផ្ញើម្ដងទៀត។",
    ),
    "decision.values_unreadable": Entry(
        "invalid",
        "These values cannot be kept. Choose from what both records say, or write up to 255 characters on one line.",
        "មិនអាចរក្សាទុកតម្លៃទាំងនេះបានទេ។ សូមជ្រើសពីអ្វីដែលកំណត់ត្រាទាំងពីរប្រាប់ ឬសរសេរមិនលើសពី 255 តួអក្សរក្នុងមួយបន្ទាត់។",
    ),
    "decision.code_differs": Entry(
        "invalid",
        "The case code that was typed is not the one of this case. Nothing was closed.",
        "លេខកូដករណីដែលបានវាយ មិនត្រូវនឹងករណីនេះទេ។ មិនបានបិទអ្វីទេ។",
    ),
    "decision.kind_unknown": Entry(
        "invalid",
        "The page could not read what was decided. Go back, load the page again and try once more.",
        "ទំព័រមិនអាចអានអ្វីដែលបានសម្រេចទេ។ សូមត្រឡប់ក្រោយ បើកទំព័រម្ដងទៀត ហើយព្យាយាមម្ដងទៀត។",
    ),
    "decision.nothing_to_decide": Entry(
        "conflict",
        "This does not fit the case as it stands now; somebody may have been quicker. Load the page again and look.",
        "នេះមិនត្រូវនឹងករណីដូចដែលវាឥឡូវនេះទេ ប្រហែលមានអ្នកផ្សេងធ្វើមុន។ សូមបើកទំព័រម្ដងទៀត ហើយមើល។",
    ),
    "decision.conflict": Entry(
        "conflict",
        "Something else was kept under this number before. Load the page again and decide anew.",
        "មានអ្វីផ្សេងត្រូវបានរក្សាទុកក្រោមលេខនេះរួចហើយ។ សូមបើកទំព័រម្ដងទៀត ហើយសម្រេចជាថ្មី។",
    ),
    "decision.own_signature": Entry(
        "forbidden",
        "Whoever asked for a lower level cannot sign it too. Ask another coordinator or administrator.",
        "អ្នកដែលស្នើកម្រិតទាប មិនអាចចុះហត្ថលេខាខ្លួនឯងបានទេ។ សូមសុំអ្នកសម្របសម្រួល ឬអ្នកគ្រប់គ្រងប្រព័ន្ធម្នាក់ទៀត។",
    ),
    "decision.signed_by_people": Entry(
        "forbidden",
        "Only a person can sign, on the page of the case. A program cannot.",
        "មានតែមនុស្សទេដែលអាចចុះហត្ថលេខាបាន លើទំព័រនៃករណី។ កម្មវិធីមិនអាចទេ។",
    ),
    # --- coordinators
    "workbook.refused": Entry(
        "invalid",
        "The workbook was not published; everything is as it was. {count} things to mend:\n{findings}",
        "សៀវភៅការងារមិនត្រូវបានផ្សព្វផ្សាយទេ អ្វីៗនៅដដែល។ មាន {count} ចំណុចត្រូវកែ៖\n{findings}",
    ),
    "workbook.not_a_workbook": Entry(
        "invalid",
        "This file is not an Excel workbook (.xlsx). Save it as .xlsx and try again.",
        "ឯកសារនេះមិនមែនជាសៀវភៅការងារ Excel (.xlsx) ទេ។ សូមរក្សាទុកជា .xlsx ហើយព្យាយាមម្ដងទៀត។",
    ),
    "workbook.other_kind": Entry(
        "invalid",
        "This file is {kind}, not an Excel workbook (.xlsx), whatever its name says. "
        "Open it in Excel or LibreOffice, save it as .xlsx and try again.",
        "ឯកសារនេះជា{kind_km} មិនមែនជាសៀវភៅការងារ Excel (.xlsx) ទេ ទោះឈ្មោះវាយ៉ាងណាក៏ដោយ។ "
        "សូមបើកវាក្នុង Excel ឬ LibreOffice រក្សាទុកជា .xlsx ហើយព្យាយាមម្ដងទៀត។",
    ),
    "workbook.old_excel": Entry(
        "invalid",
        "This is a file of Excel before 2007 (.xls). Open it, choose Save as, Excel workbook (.xlsx), and try again.",
        "នេះជាឯកសារ Excel មុនឆ្នាំ ២០០៧ (.xls)។ សូមបើកវា ជ្រើស Save as, Excel workbook (.xlsx) ហើយព្យាយាមម្ដងទៀត។",
    ),
    "workbook.too_large": Entry(
        "too_large",
        "This workbook is larger than forms are ({limit_mb} MB, 20,000 rows). "
        "Remove pictures and unused sheets, save it again, or attach long lists as CSV files.",
        "សៀវភៅការងារនេះធំជាងទម្រង់ធម្មតា ({limit_mb} MB, 20,000 ជួរ)។ "
        "សូមលុបរូបភាព និងសន្លឹកដែលមិនប្រើ រក្សាទុកម្ដងទៀត ឬភ្ជាប់បញ្ជីវែងជា CSV។",
    ),
    "workbook.too_heavy": Entry(
        "too_large",
        "Reading this workbook takes more time or memory than any form needs ({seconds} seconds, {megabytes} MB). "
        "Look for very long formulas or thousands of formatted empty cells, make it smaller, and try again.",
        "ការអានសៀវភៅការងារនេះត្រូវការពេល ឬអង្គចងចាំលើសពីដែលទម្រង់ត្រូវការ ({seconds} វិនាទី, {megabytes} MB)។ "
        "សូមរករូបមន្តវែងៗ ឬក្រឡាទទេរាប់ពាន់ដែលមានទម្រង់ ធ្វើឱ្យវាតូចជាងមុន ហើយព្យាយាមម្ដងទៀត។",
    ),
    "workbook.macros": Entry(
        "invalid",
        "This workbook carries macros. Save it as a plain Excel workbook (.xlsx) and try again.",
        "សៀវភៅការងារនេះមានម៉ាក្រូ។ សូមរក្សាទុកជាសៀវភៅការងារ Excel ធម្មតា (.xlsx) ហើយព្យាយាមម្ដងទៀត។",
    ),
    "workbook.password": Entry(
        "invalid",
        "This workbook is locked with a password. Remove the password, save it and try again.",
        "សៀវភៅការងារនេះចាក់សោដោយពាក្យសម្ងាត់។ សូមដកពាក្យសម្ងាត់ចេញ រក្សាទុក ហើយព្យាយាមម្ដងទៀត។",
    ),
    "place.unknown": Entry(
        "invalid",
        "The gazetteer has no province (2 digits) or district (4 digits) with the code {codes}. "
        "Mend the sheet places of the protocol; Excel drops a leading zero unless the cell is text.",
    ),
    "form.version_taken": Entry(
        "conflict",
        "Version {form_version} of form {form_id} was published before with other content. "
        "Write a new version on the settings sheet and publish again.",
    ),
    "workbench.gave_up": Entry(
        "unavailable",
        "This could not be finished; nothing was changed. Try again, and tell whoever runs the server if it happens twice.",
        "មិនអាចបញ្ចប់ការងារនេះបានទេ គ្មានអ្វីត្រូវបានផ្លាស់ប្ដូរ។ សូមព្យាយាមម្ដងទៀត ហើយប្រាប់អ្នកថែទាំម៉ាស៊ីនមេ បើវាកើតឡើងពីរដង។",
    ),
    "workbench.not_ready": Entry(
        "conflict",
        "It is not that far yet. Load the page of the workbook again and go on from there.",
        "មិនទាន់ដល់ជំហាននេះទេ។ សូមបើកទំព័រសៀវភៅការងារម្ដងទៀត ហើយបន្តពីទីនោះ។",
    ),
    "workbook.none": Entry(
        "invalid",
        "No file was chosen. Go back, choose an Excel workbook (.xlsx) and try again.",
        "មិនបានជ្រើសឯកសារទេ។ សូមត្រឡប់ក្រោយ ជ្រើសសៀវភៅការងារ Excel (.xlsx) ហើយព្យាយាមម្ដងទៀត។",
    ),
    "template.unknown": Entry(
        "missing",
        "There is no workbook of this name to start from.",
        "គ្មានសៀវភៅការងារគំរូឈ្មោះនេះទេ។",
    ),
    "workbench.unknown": Entry(
        "missing",
        "This workbook is not here any more: it was discarded, or nobody came back to it for a month.",
        "សៀវភៅការងារនេះលែងនៅទីនេះទៀតហើយ៖ វាត្រូវបានបោះបង់ ឬគ្មាននរណាត្រឡប់មកវិញក្នុងរយៈពេលមួយខែ។",
    ),
    "workbench.busy": Entry(
        "conflict",
        "Something is being done with this workbook just now. Wait until it is finished.",
        "កំពុងមានការងារជាមួយសៀវភៅការងារនេះ។ សូមរង់ចាំរហូតដល់វាចប់។",
    ),
    "form.nothing_before": Entry(
        "conflict",
        "There is no version before this one to return to.",
        "គ្មានកំណែមុននេះដើម្បីត្រឡប់ទៅវិញទេ។",
    ),
    "language.unknown": Entry(
        "invalid",
        "Write the language as its name and code, such as: Thai (th)",
        "សូមសរសេរភាសាជាឈ្មោះ និងកូដ ដូចជា៖ Thai (th)",
    ),
    "form.renames_wrong": Entry(
        "invalid",
        "The renamed questions do not fit: {faults}",
        "សំណួរដែលប្ដូរឈ្មោះមិនត្រូវគ្នាទេ៖ {faults}",
    ),
    "file.not_used": Entry(
        "conflict",
        "No published form has a file “{name}” that somebody gave. Files that forms have: {known}. "
        "Give the file that name, or hand in the form that names it first.",
        "គ្មានទម្រង់ដែលបានចេញផ្សាយណាមានឯកសារ «{name}» ទេ។ ឯកសារដែលទម្រង់មាន៖ {known}។ "
        "សូមដាក់ឈ្មោះនោះឱ្យឯកសារ ឬប្រគល់ទម្រង់ដែលហៅវាជាមុនសិន។",
    ),
    "file.not_confirmed": Entry(
        "conflict",
        "{count} stored answers chose something that is no longer in the list {name}; they would be left without "
        "words. If that is meant, confirm it with the word: {name}",
        "ចម្លើយដែលរក្សាទុក {count} បានជ្រើសអ្វីដែលលែងមានក្នុងបញ្ជី {name}; ចម្លើយទាំងនោះនឹងគ្មានពាក្យ។ "
        "បើពិតជាចង់ធ្វើ សូមបញ្ជាក់ដោយពាក្យ៖ {name}",
    ),
    "form.not_confirmed": Entry(
        "conflict",
        "This would take {count} kinds of stored answers their meaning. "
        "If that is meant, confirm it with the word: {word}",
        "ការផ្លាស់ប្ដូរនេះនឹងធ្វើឱ្យចម្លើយដែលរក្សាទុក {count} ប្រភេទបាត់អត្ថន័យ។ បើពិតជាចង់ធ្វើ សូមបញ្ជាក់ដោយពាក្យ៖ {word}",
    ),
    "protocol.missing": Entry(
        "missing",
        "No protocol is published yet. Type: pteah form publish xlsforms/protocol.xlsx",
        "មិនទាន់មានពិធីការដែលបានបោះផ្សាយទេ។ សូមវាយ៖ pteah form publish xlsforms/protocol.xlsx",
    ),
    # --- how a stored submission fared (shown as its `problem`)
    "entity.unknown": Entry(
        "missing",
        "The record is about a person who is not registered here (yet). Someone must say who it is.",
        "កំណត់ត្រានេះនិយាយអំពីមនុស្សដែល (មិនទាន់) បានចុះឈ្មោះនៅទីនេះ។ ត្រូវមានអ្នកប្រាប់ថាជាអ្នកណា។",
    ),
    "entity.exists": Entry(
        "conflict",
        "The record registers a person who is already registered. Someone must say whether they are one.",
        "កំណត់ត្រានេះចុះឈ្មោះមនុស្សដែលបានចុះឈ្មោះរួចហើយ។ ត្រូវមានអ្នកប្រាប់ថាតើជាមនុស្សតែម្នាក់ឬទេ។",
    ),
    "entity.purged": Entry(
        "missing",
        "The record is about a person whose file is here no longer. It changes nothing; someone must look.",
        "កំណត់ត្រានេះនិយាយអំពីមនុស្សដែលសំណុំរឿងលែងមាននៅទីនេះ។ វាមិនផ្លាស់ប្ដូរអ្វីទេ ត្រូវមានអ្នកពិនិត្យមើល។",
    ),
    "entity.id_malformed": Entry(
        "invalid",
        "The record does not say about whom it is: the number of the person is damaged. Someone must say who it is.",
        "កំណត់ត្រានេះមិនប្រាប់ថាអំពីអ្នកណាទេ៖ លេខសម្គាល់របស់មនុស្សខូច។ ត្រូវមានអ្នកប្រាប់ថាជាអ្នកណា។",
    ),
    "entity.not_declared": Entry(
        "forbidden",
        "The record changes a person's entry on phones, and its form may not do that. Someone must look.",
        "កំណត់ត្រានេះប្ដូរទិន្នន័យមនុស្សលើទូរសព្ទ តែទម្រង់នេះគ្មានសិទ្ធិធ្វើដូច្នេះទេ។ ត្រូវមានអ្នកពិនិត្យមើល។",
    ),
    "entity.base_malformed": Entry(
        "invalid",
        "The record does not say on which version of the person's entry it rests. It waits up to five days.",
        "កំណត់ត្រានេះមិនប្រាប់ថាផ្អែកលើកំណែណានៃទិន្នន័យមនុស្សនេះទេ។ វារង់ចាំរហូតដល់ប្រាំថ្ងៃ។",
    ),
    "entity.held": Entry(
        "unavailable",
        "The record rests on an earlier one that has not arrived. Its answers count; the entry on phones waits up to "
        "five days.",
        "កំណត់ត្រានេះផ្អែកលើកំណត់ត្រាមុនដែលមិនទាន់មកដល់។ ចម្លើយត្រូវបានគិត តែទិន្នន័យលើទូរសព្ទរង់ចាំរហូតដល់ប្រាំថ្ងៃ។",
    ),
    "entity.forced": Entry(
        "conflict",
        "What this record rests on has not arrived within five days. It was put in without it; someone must look.",
        "អ្វីដែលកំណត់ត្រានេះផ្អែកលើ មិនបានមកដល់ក្នុងរយៈពេលប្រាំថ្ងៃទេ។ វាត្រូវបានបញ្ចូលដោយគ្មានវា ត្រូវមានអ្នកពិនិត្យមើល។",
    ),
    "entity.conflict": Entry(
        "conflict",
        "Two records set the same thing about a person to different values. The later one counts until someone decides.",
        "កំណត់ត្រាពីរផ្ដល់តម្លៃខុសគ្នាចំពោះរឿងតែមួយរបស់មនុស្សម្នាក់។ យកកំណត់ត្រាក្រោយ រហូតដល់មានអ្នកសម្រេច។",
    ),
    "entity.crossed": Entry(
        "conflict",
        "Two records changed different things about a person without knowing of each other. Both count; someone may look.",
        "កំណត់ត្រាពីរប្ដូររឿងផ្សេងគ្នារបស់មនុស្សម្នាក់ ដោយមិនដឹងពីគ្នា។ ទាំងពីរត្រូវបានគិត អាចមានអ្នកពិនិត្យមើល។",
    ),
    "entity.label_missing": Entry(
        "invalid",
        "The record registers a person without a name to call her by. She is registered; someone must give one.",
        "កំណត់ត្រានេះចុះឈ្មោះមនុស្សដោយគ្មានឈ្មោះសម្រាប់ហៅ។ គាត់ត្រូវបានចុះឈ្មោះ ត្រូវមានអ្នកដាក់ឈ្មោះឲ្យ។",
    ),
    "submission.doubtful": Entry(
        "invalid",
        "Answers of this record cannot be right ({count}). Nothing was changed; someone must ask or look.",
        "ចម្លើយក្នុងកំណត់ត្រានេះមិនអាចត្រឹមត្រូវទេ ({count})។ គ្មានអ្វីត្រូវបានប្ដូរទេ ត្រូវមានអ្នកសួរ ឬពិនិត្យមើល។",
    ),
    "submission.encrypted": Entry(
        "unavailable",
        "The record was encrypted on the phone with a key this server does not hold; it is kept as it came.",
        "កំណត់ត្រានេះត្រូវបានអ៊ិនគ្រីបលើទូរសព្ទដោយកូនសោដែលម៉ាស៊ីនមេនេះមិនមាន។ វាត្រូវបានរក្សាទុកដូចពេលមកដល់។",
    ),
    "submission.envelope_incomplete": Entry(
        "unavailable",
        "Parts of this encrypted record are still on the phone. It is taken up again by itself when they arrive.",
        "ផ្នែកខ្លះនៃកំណត់ត្រាដែលបានអ៊ិនគ្រីបនេះនៅលើទូរសព្ទនៅឡើយ។ វានឹងត្រូវបានយកមកធ្វើដោយខ្លួនឯងពេលផ្នែកទាំងនោះមកដល់។",
    ),
    "submission.envelope_broken": Entry(
        "invalid",
        "This encrypted record is damaged and could not be opened; it is kept as it came. Ask the worker for it.",
        "កំណត់ត្រាដែលបានអ៊ិនគ្រីបនេះខូច បើកមិនបានទេ។ វាត្រូវបានរក្សាទុកដូចពេលមកដល់។ សូមសួរបុគ្គលិកចុះមូលដ្ឋាន។",
    ),
    "submission.signature_wrong": Entry(
        "invalid",
        "This encrypted record opened, but it or one of its files is not what was signed on the phone. Its answers "
        "count; someone must compare it with what the worker remembers.",
        "កំណត់ត្រាដែលបានអ៊ិនគ្រីបនេះបើកបាន ប៉ុន្តែវា ឬឯកសារណាមួយរបស់វា មិនមែនជាអ្វីដែលបានចុះហត្ថលេខាលើទូរសព្ទទេ។ ចម្លើយត្រូវបានគិត តែត្រូវមានអ្នកប្រៀបធៀបជាមួយអ្វីដែលបុគ្គលិកចុះមូលដ្ឋានចាំ។",
    ),
    "submission.processing_failed": Entry(
        "unavailable",
        "The record is safe but could not be worked through after {tries} tries ({error}). "
        "Mend the cause, then type: pteah submission replay {instance_id}",
        "កំណត់ត្រានេះមានសុវត្ថិភាព ប៉ុន្តែធ្វើមិនរួចក្រោយព្យាយាម {tries} ដង ({error})។ សូមជួសជុលមូលហេតុ រួចវាយ៖ pteah submission replay {instance_id}",
    ),
    # --- the operator's machine
    "backup.file_exists": Entry("conflict", "{file} is there already. Name a new file; nothing was written."),
    "backup.not_written": Entry("unavailable", "{file} cannot be written ({reason}). No backup was made."),
    "backup.not_read": Entry("unavailable", "{file} cannot be read ({reason})."),
    "backup.not_a_backup": Entry("invalid", "{file} is not a backup that pteah backup made."),
    "backup.too_new": Entry(
        "invalid", "{file} was made by a newer Pteah ({version}). Update this one first; nothing was touched."
    ),
    "backup.damaged": Entry(
        "invalid",
        "{file} is damaged: it is not what its own manifest says. Nothing was touched; use another backup.",
    ),
    "backup.too_slow": Entry(
        "unavailable",
        "The backup took longer than MongoDB remembers one moment. Make it when less is going on, or give the "
        "database account the right to set minSnapshotHistoryWindowInSeconds.",
    ),
    "key.missing": Entry(
        "unavailable", "No master key was given, so that nothing personal can be read or kept here."
    ),
    "key.file_lost": Entry(
        "unavailable",
        "The master key {file} is not there, and what is in this database can only be read with it. "
        "Put it back from where you keep its copy.",
    ),
    "key.file_open": Entry("unavailable", "Others may read the master key. Type: chmod 600 '{file}'"),
    "key.unreadable": Entry(
        "unavailable", "{where} holds no master key. Look at deploy/env.example for how it is written."
    ),
    "key.wrong_master": Entry(
        "unavailable", "What is in this database was sealed with another master key. Put that one back."
    ),
    "key.lost": Entry(
        "unavailable",
        "{count} keys are missing without having been destroyed here: the file of keys is older than the data. "
        "Restore again with the newest one.",
    ),
    "key.destroyed": Entry(
        "conflict",
        "This person was erased. Nothing more can be kept about them.",
        "បុគ្គលនេះត្រូវបានលុបហើយ។ មិនអាចរក្សាទុកអ្វីបន្ថែមទៀតបានទេ។",
    ),
    "key.not_in_a_file": Entry(
        "conflict",
        "The master key is not in a file here. Put a new one behind the old one where it is, start everything "
        "anew, and say --continue.",
    ),
    "erasure.reason_missing": Entry(
        "invalid", "Say why this person is to be erased.", "សូមប្រាប់មូលហេតុនៃការលុបបុគ្គលនេះ។"
    ),
    "erasure.held": Entry(
        "conflict",
        "This person's data must be kept for now: somebody put a legal hold on it.",
        "ទិន្នន័យរបស់បុគ្គលនេះត្រូវរក្សាទុកសិន៖ មានការហាមលុបតាមផ្លូវច្បាប់។",
    ),
    "erasure.asked_already": Entry(
        "conflict",
        "Somebody has asked for this already, and it waits for a second person.",
        "មានគេស្នើរួចហើយ ហើយកំពុងរង់ចាំអ្នកទីពីរ។",
    ),
    "erasure.unknown": Entry("missing", "There is no such request.", "គ្មានសំណើបែបនេះទេ។"),
    "erasure.answered": Entry("conflict", "This request was answered already.", "សំណើនេះបានឆ្លើយរួចហើយ។"),
    "erasure.same_person": Entry(
        "forbidden",
        "You asked for this yourself: somebody else has to confirm.",
        "អ្នកជាអ្នកស្នើខ្លួនឯង៖ ត្រូវមានអ្នកផ្សេងបញ្ជាក់។",
    ),
    "restore.not_empty": Entry(
        "conflict",
        "There are {documents} documents in this database, and a restore would delete them. "
        "Name another folder with --data, or say --replace if that is what you want.",
    ),
    "restore.server_running": Entry(
        "conflict", "A Pteah server (process {pid}) runs on this data. Stop it first, then restore."
    ),
    "restore.keys_missing": Entry(
        "missing",
        "The file of keys {file} is not there, and without it nothing in the backup can be read. "
        "Name the newest one you have with --keys.",
    ),
    "restore.keys_of_another": Entry("conflict", "{file} has the keys of another database."),
    "restore.keys_old": Entry(
        "conflict",
        "{file} is older than the backup: keys made in between are not in it. Name the newest one with --keys.",
    ),
    "restore.keys_renewed": Entry(
        "conflict",
        "On {on} the keys were renewed and the former ones destroyed: {keys} no longer opens {file}, which was "
        "made before. Take a newer backup; or a file of keys from before that day, with --keys, if one was kept.",
    ),
    "restore.differs": Entry(
        "unavailable",
        "After the restore the collection {collection} is not what the file holds. Run it again.",
    ),
    "restore.unfinished": Entry(
        "unavailable",
        "A restore was cut off here and the data is not whole. Run the same pteah restore again.",
    ),
    "server.port_taken": Entry(
        "conflict",
        "Port {port} on {host} is taken by another program (or another Pteah). Choose another one, for example: "
        "--port 8090",
    ),
    "server.port_refused": Entry(
        "forbidden", "This user may not use port {port}. Choose one from 1024 up, for example: --port 8080"
    ),
    "database.unreachable": Entry(
        "unavailable",
        "MongoDB does not answer. See that it runs and that PTEAH_MONGODB_URI names it, then try again.",
    ),
    "embedded.no_binary": Entry(
        "unavailable",
        "There is no MongoDB program for this machine ({platform}). Install MongoDB 6 or newer and write the path of "
        "its mongod into PTEAH_MONGOD, or point PTEAH_MONGODB_URI at a replica set that runs elsewhere.",
    ),
    "embedded.binary_missing": Entry(
        "unavailable",
        "PTEAH_MONGOD names {binary}, and that is no program here. Correct it, or leave it empty.",
    ),
    "embedded.library_missing": Entry(
        "unavailable",
        "MongoDB cannot start: this machine lacks the library {library}. "
        "Type this and try again: sudo apt-get install {package}",
    ),
    "embedded.library_unknown": Entry(
        "unavailable",
        "MongoDB cannot start: this machine lacks the library {library}. Install the package that holds it, "
        "or name another mongod in PTEAH_MONGOD.",
    ),
    "embedded.no_avx": Entry(
        "unavailable",
        "MongoDB 5 and newer need a processor with AVX, and this one has none (a virtual machine may hide it: choose "
        "the processor type 'host'). Or point PTEAH_MONGODB_URI at a MongoDB on another machine.",
    ),
    "embedded.no_write_access": Entry(
        "unavailable",
        "Pteah cannot write into {folder} ({reason}). Name another folder with --data, or make this one yours.",
    ),
    "embedded.second_server": Entry(
        "conflict",
        "A Pteah server (process {pid}) already runs on {folder}. Stop that one first, "
        "or give this one a folder of its own with --data and another --port.",
    ),
    "embedded.folder_busy": Entry(
        "conflict",
        "Another pteah command (process {pid}) works on {folder}. Wait until it is done, then try again.",
    ),
    "embedded.key_refused": Entry(
        "conflict",
        "The password in {key} does not open this database: the file and the database folder beside it come from "
        "different places. Put back the file that belongs to it, or restore a backup into a new folder.",
    ),
    "embedded.failed": Entry(
        "unavailable",
        "MongoDB did not start. It said: {words}. All it said is in {log}; pteah doctor looks further.",
    ),
}
