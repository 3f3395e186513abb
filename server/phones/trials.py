"""Test phones: what is tried out under /test/<token>/…, in a space of its own."""

import threading
from dataclasses import replace

from server.phones.call import Service
from server.phones.kept import Kept
from sync.core.problem import Problem
from sync.store import drafts
from sync.store.devices import Device
from sync.store.drafts import Draft
from sync.store.keeper import Keeper

MOST = 50


class Trials:
    """What requests of the same draft share."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._services: dict[str, Service] = {}

    def find(self, token: str) -> Draft:
        """The draft with this address. Raises Problem draft.over."""
        draft = drafts.find_by_token(self._service.db, token)
        if draft is None:
            raise Problem("draft.over")
        return draft

    def service_for(self, draft: Draft) -> Service:
        """As for all other phones, but over the space of this draft."""
        known = self._services.get(draft.space)
        if known is None:
            space = drafts.space_of(self._service.db, draft)
            known = replace(self._service, db=space, keeper=Keeper(space, draft=True), kept=Kept())
            with self._lock:
                if len(self._services) >= MOST:
                    self._services.clear()
                self._services[draft.space] = known
        return known


def a_test_phone(draft: Draft) -> Device:
    """Whoever tries this draft; no phone of this kind is registered anywhere."""
    return Device(
        id=draft.worker_id,
        name="test phone",
        worker_id=draft.worker_id,
        worker_name="",
        made_at=draft.made_at,
        revoked_at=None,
        last_contact_at=None,
        demo=False,
    )
