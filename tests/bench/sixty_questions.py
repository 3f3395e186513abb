"""A form of sixty questions, and records of it as ODK Collect writes them."""

import io
import uuid
from datetime import UTC, datetime

from openpyxl import Workbook

from sync.store.connect import Db
from xlsforms.publish import publish as publish_workbook

FORM_ID, VERSION = "sixty", "1"
ANSWERS = ("yes", "no", "unk", "ref")


def publish(db: Db) -> None:
    """Publish the form the way a coordinator does."""
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(["type", "name", "label"])
    for number in range(60):
        kind = ("select_one answers", "integer", "text")[number % 3]
        survey.append([kind, f"question_{number}", f"Question {number}?"])
    choices = book.create_sheet("choices")
    choices.append(["list_name", "name", "label"])
    for name in ANSWERS:
        choices.append(["answers", name, name])
    settings = book.create_sheet("settings")
    settings.append(["form_id", "version", "form_title"])
    settings.append([FORM_ID, VERSION, "Sixty questions"])
    content = io.BytesIO()
    book.save(content)
    publish_workbook(db, content.getvalue(), "sixty.xlsx", datetime.now(UTC), "bench")


def a_record(batch: int, number: int) -> bytes:
    """A filled record; the same numbers give the same bytes."""
    given = ((ANSWERS[(number + n) % 4], str(number + n), f"ចម្លើយ answer {n}")[n % 3] for n in range(60))
    answers = "".join(f"<question_{n}>{answer}</question_{n}>" for n, answer in enumerate(given))
    instance_id = uuid.UUID(int=(batch << 64) + number, version=4)
    return (
        "<?xml version='1.0' encoding='UTF-8' ?>"
        '<data xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"'
        ' xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms"'
        f' id="{FORM_ID}" version="{VERSION}">{answers}'
        f"<meta><instanceID>uuid:{instance_id}</instanceID></meta></data>"
    ).encode()
