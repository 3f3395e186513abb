"""Whom a worker calls before leaving, as the list that phones carry: name and number, by district.

The note with the next step of the same day shows these lines, also without a network.
"""

import csv
import io
from collections.abc import Iterable

from sync.core.protocol import Contact, Protocol
from xlsforms.places import place_media

CONTACTS = "contacts.csv"
COLUMNS = ("name", "label", "phone", "district")


def contacts_media(contacts: Iterable[Contact]) -> bytes:
    """The CSV: `name` a running number, `label` what the note shows, `district` codes with spaces between.

    An empty district answers everywhere. The same contacts give the same bytes.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, contact in enumerate(contacts, start=1):
        label = f"{contact.name}: {contact.phone}"
        writer.writerow((number, label, contact.phone, " ".join(contact.districts)))
    return out.getvalue().encode()


def protocol_media(protocol: Protocol | None) -> dict[str, bytes]:
    """Every file that forms get from the protocol: its places and its contacts."""
    contacts = protocol.contacts if protocol else ()
    return {**place_media(protocol.places if protocol else ()), CONTACTS: contacts_media(contacts)}
