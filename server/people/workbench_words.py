"""Words of the workbench that templates choose among."""

from server.people.words import later

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
STATES = {
    "open": later("On phones"),
    "closing": later("Withdrawn; records on phones are still taken"),
    "closed": later("Closed; no more records are taken"),
}
