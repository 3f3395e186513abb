"""The running number of a record: one more than in the record saved last with this form on this phone.

Our forms count with `${last-saved#running_number}`. What is missing between two numbers was begun on that
phone and has not arrived: it may still be there, not sent or not finished, or thrown away as a draft.
"""

from lxml import etree

RUNNING_NUMBER = "running_number"
HIGHEST = 1_000_000
"""No installation of Collect fills so many forms; more is nonsense."""


def running_number(root: etree._Element) -> int | None:
    """The number in this record, or None where its form does not count."""
    written = (root.findtext(f"{{*}}{RUNNING_NUMBER}") or "").strip()
    if not (written.isascii() and written.isdigit() and len(written) <= 7):
        return None
    number = int(written)
    return number if 0 < number <= HIGHEST else None
