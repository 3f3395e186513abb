"""What a person's page shows and asks of the case itself: who visits, who helps, what the State decided."""

from collections.abc import Mapping
from typing import Any

from server.people.words import later
from sync.core import casework
from sync.core.directory import Service, fits
from sync.core.protocol import Protocol
from sync.store import workers
from sync.store.connect import Db

REFERRAL_STATES = {
    "sent": later("Passed on, no answer yet"),
    "accepted": later("They help"),
    "declined": later("They cannot help"),
    "done": later("Done"),
    "withdrawn": later("Taken back"),
}
ANSWERS = {
    "accepted": later("They have accepted"),
    "declined": later("They cannot help"),
    "done": later("The help was given"),
    "withdrawn": later("We take it back"),
}
TRACING = {
    "started": later("Somebody is looking for the family"),
    "found": later("The family was found"),
    "not_found": later("The family was not found"),
    "contact_wished": later("The person wants contact"),
    "no_contact_wished": later("The person wants no contact"),
    "stopped": later("Nobody is looking any more"),
}
IDENTIFIED = {
    "identified": later("Identified as a victim of trafficking"),
    "not_identified": later("Not identified; help goes on all the same"),
}
AUTHORITIES = {
    "Police": later("Police"),
    "NGO": later("Organisation outside the State"),
    "CourtOrProsecution": later("Court or prosecution"),
    "NonPoliceGovernmentalOrganization": later("State body other than the police"),
    "Other": later("Somebody else"),
}


def parts(db: Db, file: Mapping[str, Any], protocol: Protocol | None, today: str) -> dict[str, Any]:
    """What the page says of all this; `today` as `YYYY-MM-DD`."""
    names = {worker.id: worker.name for worker in workers.every(db)}
    services = {service.name: service for service in protocol.services} if protocol else {}
    agreed = {one["purpose"] for one in file.get("consent", ()) if one["given"]}
    return {
        "worker_names": names,
        "other_workers": [one for one in workers.every(db) if one.is_active and one.id != file["worker_id"]],
        "services": services,
        "offered": [(service, service.consent in agreed) for service in _for_her(file, services)],
        "referrals": [
            {**one, "is_open": casework.is_open(one), "answers": _answers(one)}
            for one in reversed(file["referrals"])
        ],
        "referral_states": REFERRAL_STATES,
        "tracing_words": TRACING,
        "identified_words": IDENTIFIED,
        "authorities": AUTHORITIES,
        "in_reflection": today <= file["reflection_ends_on"],
        "corrections_to_sign": [one for one in file["corrections"] if not one["counts"]],
    }


def _answers(referral: Mapping[str, Any]) -> dict[str, Any]:
    """What may be answered now; nobody says again what stands already."""
    return {answer: words for answer, words in ANSWERS.items() if answer != referral["state"]}


def _for_her(file: Mapping[str, Any], services: Mapping[str, Service]) -> list[Service]:
    person = file["person"]
    places = tuple(str(person[name]) for name in ("province", "district") if person.get(name))
    return [
        service
        for service in services.values()
        if fits(service, sex=str(person.get("sex", "")), is_child=bool(person["is_child"]), places=places)
    ]
