"""Words of the workbench that templates choose among, and those of findings in the reader's language."""

from markupsafe import Markup, escape

from server.people.pages import blueprint
from server.people.words import language, later
from xlsforms.in_khmer import in_khmer

STEPS = {
    "": later("Waiting for its turn"),
    "reading": later("Reading the workbook"),
    "checking": later("Checking every cell"),
    "converting": later("Making the form"),
    "validating": later("Opening the form as a phone does"),
    "comparing": later("Comparing with what is published"),
    "people": later("Putting made-up people in"),
    "trying": later("Trying it on today’s caseload"),
}
PROTOCOL = later("Protocol: levels and visits")
STATES = {
    "open": later("On phones"),
    "closing": later("Withdrawn; records on phones are still taken"),
    "closed": later("Closed; no more records are taken"),
}


@blueprint.app_template_filter("sentence")
def in_readers_language(text: str) -> Markup:
    """A sentence of a finding in the reader's language, or in English and marked as such."""
    if language() == "en":
        return escape(text)
    khmer = in_khmer(text)
    return escape(khmer) if khmer or not text else Markup('<span lang="en">{}</span>').format(text)
