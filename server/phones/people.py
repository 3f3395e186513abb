"""The worker's list of people: the entity list `people`, one for all forms of this phone."""

from collections.abc import Iterable

from server.phones.call import Answer, Call
from server.phones.lists import PhoneList, list_of
from server.phones.openrosa import ListedFile, integrity
from sync.core import entity_list
from sync.core.problem import Problem
from sync.core.times import local_date
from sync.store import audit, device_news, phone_lists

FILE = f"{entity_list.PEOPLE}.csv"


def listed(call: Call, entity_lists: Iterable[str]) -> list[ListedFile]:
    """The list as a form's manifest names it, if the form uses it."""
    if entity_list.PEOPLE not in entity_lists:
        return []
    return [
        ListedFile(
            name=FILE,
            md5=_list_of(call).md5,
            download_url=call.url("entities", FILE),
            integrity_url=call.url("entities", entity_list.PEOPLE, "integrity"),
        )
    ]


def show_list(call: Call, file: str) -> Answer:
    """The CSV that Collect imports. Only the people of this phone's worker."""
    if file != FILE:
        raise Problem("entity_list.unknown")
    found = _list_of(call)
    answer = call.answer(found.csv, "text/csv; charset=utf-8", etag=found.md5)
    if answer.status_code == 200 and call.request.method == "GET":
        _note(call, found)
    return answer


def _note(call: Call, found: PhoneList) -> None:
    """Write down that these people went onto this phone; also nobody, which takes the former ones off it.

    Who fetches again what is on that phone already is written down, too, and not everybody anew: the row with
    the same `md5` names them.
    """
    device = call.device
    again = (device.list or {}).get("md5") == found.md5
    audit.note(
        call.db,
        at=call.at,
        by=f"phone:{device.id[:12]}",
        kind="phone_list",
        about=() if again else [row.entity_id for row in found.rows],
        fields=("label", *entity_list.PROPERTIES),
        more={"worker_id": device.worker_id, "md5": found.md5, **({"again": True} if again else {})},
        wait=not again,
    )
    device_news.mark_list(call.db, device, md5=found.md5, people=len(found.rows), at=call.at)


def show_integrity(call: Call, name: str) -> Answer:
    """Which of the entities `?id=a,b,…` the phone is to forget.

    One that is not known here is left out: its registration may not have arrived, and "deleted" would
    wipe it from the only place where it is.
    """
    call.require_openrosa()
    if name != entity_list.PEOPLE:
        raise Problem("entity_list.unknown")
    asked = [one.strip() for one in call.request.args.get("id", "").split(",")]
    ids = list(dict.fromkeys(filter(None, asked)))
    on_it = _list_of(call).entity_ids
    others = [one for one in ids if one not in on_it]
    return call.answer(integrity({**{one: False for one in ids if one in on_it}, **_gone(call, others)}))


def _gone(call: Call, entity_ids: list[str]) -> dict[str, bool]:
    """What is known of those who are not on the list; usually there is none of them."""
    if not entity_ids:
        return {}
    scope = phone_lists.scope_of(call.db, call.device.worker_id, local_date(call.at))
    return phone_lists.gone_from(call.db, scope, entity_ids)


def _list_of(call: Call) -> PhoneList:
    return list_of(call.db, call.device.worker_id, local_date(call.at))
