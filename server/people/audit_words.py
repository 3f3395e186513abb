"""What the audit says was done, and to what, in the reader's words.

In the audit itself stand plain English words that never change, whoever reads them: its chain is made of
them. Here they are translated where they are shown. What is no word of ours (a form, a column) stays so.
"""

from collections.abc import Sequence

from server.people.level import DECISIONS
from server.people.words import gettext, later

DONE = frozenset((
    # accounts
    later("signed in"), later("signed out everywhere"), later("password changed"),
    later("second step set up"), later("second step taken away"), later("recovery codes made"),
    later("organisation's sign-in connected"), later("organisation's sign-in disconnected"),
    later("account added"), later("account changed"), later("account closed"),
    later("account opened again"), later("invitation made"), later("invitation taken up"),
    later("calendar address made"), later("calendar address ended"),
    # what is set up
    later("token added"), later("token revoked"), later("user name made"), later("user name ended"),
    later("worker added"), later("worker changed"), later("worker left"), later("worker came back"),
    later("phone added"), later("phone revoked"), later("phone lost"), later("phone settings changed"),
    later("webhook added"), later("webhook removed"), later("leftovers mended"),
    later("hours until files and records are missed"), later("missing records looked into"),
    later("handed in"), later("dry run signed"), later("rehearsal ended"), later("draft ended"),
    later("published"), later("open"), later("closing"), later("closed"),
    # keys and upkeep
    later("master key changed"), later("data keys retired"), later("retired keys destroyed"),
    later("sealed what was not"), later("backup"), later("restore"),
    # people
    later("asked"), later("refused"), later("held"), later("released"), later("done"),
    later("conflict settled"), later("refused record taken in"), later("refused record put aside"),
    later("a copy for the person"), later("a file"), later("sheet to print"), later("summary to print"),
    later("referred"), later("audit"), later("list previewed"), later("people"),
))  # fmt: skip
"""What was done, as the field `what` says it."""

PARTS = {
    "file": later("the whole file"), "name": later("name"), "place": later("place"), "level": later("level"),
    "visits": later("visits"), "likeness": later("what two have in common"),
    "disclosures": later("who saw what"), "names": later("names"), "row": later("her row on phones"),
    "name on a lost phone": later("name on a lost phone"),
    "answers that differ": later("answers that differ"), "workbook": later("a workbook"),
    "child": later("adult or child"), "district": later("district"), "referral": later("the help"),
    "case_code": later("case code"), "label": later("name"), "record": later("a record"),
    **DECISIONS,
}  # fmt: skip
"""The parts of a file and the kinds of decisions, as the field `fields` names them."""
PARTS_SHOWN = 6


def done(what: str) -> str:
    """What was done."""
    return gettext(what) if what in DONE else what


def parts(fields: Sequence[str]) -> str:
    """The first few of these parts, and that there are more."""
    first = [gettext(PARTS[name]) if name in PARTS else name for name in fields[:PARTS_SHOWN]]
    return ", ".join([*first, "…"] if len(fields) > PARTS_SHOWN else first)
