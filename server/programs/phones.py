"""Phones and the workers who carry them, for programs: list, add, revoke."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from server.here import here
from server.phones.connecting import connect
from server.phones.overview import SHORT_ID, for_programs, overview
from server.programs import tokens
from sync.core.phone_csv import LONGEST_NAME, MOST_AHEAD_DAYS, worker_fault
from sync.core.problem import Problem
from sync.core.worker import COVERS, Worker, document_from
from sync.handing_over import leave
from sync.store import audit, caseload, devices, workers

SCOPE = "phones"
device_blueprint = Blueprint(
    "api-devices", "server.programs.phones", url_prefix="/api/v1/devices", description="Phones"
)
worker_blueprint = Blueprint(
    "api-workers",
    "server.programs.phones",
    url_prefix="/api/v1/workers",
    description="Outreach workers, and whose people are on their phones",
)
tokens.guard(device_blueprint, SCOPE)
tokens.guard(worker_blueprint, SCOPE)


class HeldForm(Schema):
    """A form a phone fetched, in the version it fetched last."""

    form_id = fields.String()
    version = fields.String()


class HeldList(Schema):
    """The list of people a phone fetched last."""

    people = fields.Integer(metadata={"description": "How many."})
    fetched_at = fields.String()


class DeviceSchema(Schema):
    """A phone; never its token."""

    id = fields.String()
    name = fields.String()
    worker_id = fields.String()
    worker_name = fields.String()
    made_at = fields.String()
    revoked = fields.Boolean()
    revoked_at = fields.String(allow_none=True)
    lost_at = fields.String(allow_none=True)
    last_contact_at = fields.String(allow_none=True)
    collect_version = fields.String()
    installs = fields.Integer(metadata={"description": "Installations of ODK Collect that used its token."})
    scanned_twice = fields.Boolean(metadata={"description": "Two of them use it at the same time."})
    forms = fields.List(fields.Nested(HeldForm))
    forms_behind = fields.List(fields.String(), metadata={"description": "There is a newer version."})
    list = fields.Nested(HeldList, allow_none=True)
    records_missing = fields.Integer(
        metadata={"description": "Records begun on it that have not arrived, by their running numbers."}
    )
    demo = fields.Boolean()


class DeviceList(Schema):
    """Every phone ever registered, by name."""

    items = fields.List(fields.Nested(DeviceSchema))


class NewDevice(Schema):
    """A phone to be registered. A worker who is not known yet is entered with it."""

    name = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    worker_id = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    worker_name = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))


class AddedDevice(Schema):
    """A registered phone; its address and the text of the code to scan are told this once."""

    id = fields.String()
    name = fields.String()
    server_url = fields.String()
    qr = fields.String()


class RevokeQuery(Schema):
    """Why a phone is let go."""

    lost = fields.Boolean(load_default=False)


class WorkerSchema(Schema):
    """An outreach worker."""

    worker_id = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    name = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    team = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))
    places = fields.List(fields.String(), load_default=list, validate=validate.Length(max=100))
    covers = fields.String(load_default="own", validate=validate.OneOf(COVERS))
    ahead_days = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, MOST_AHEAD_DAYS)
    )
    left_at = fields.AwareDateTime(dump_only=True, format="iso", allow_none=True)
    people = fields.Integer(dump_only=True, metadata={"description": "Open cases in their care."})


class LeavingSchema(Schema):
    """What becomes of the people of a worker who leaves; needed where there are any."""

    to = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NAME),
        metadata={"description": "The worker who takes them over."},
    )
    wait = fields.Boolean(
        load_default=False, metadata={"description": "They wait until somebody hands them over."}
    )


class WorkerList(Schema):
    """All workers, also those who left, by name."""

    items = fields.List(fields.Nested(WorkerSchema))


@device_blueprint.get("")
@device_blueprint.response(200, DeviceList)
def list_devices() -> dict[str, Any]:
    """Every phone: heard from when, what is on it, what of its records is missing."""
    return {"items": [for_programs(phone) for phone in overview(here().db)]}


@device_blueprint.post("")
@tokens.needs(SCOPE, "token.phones_missing")
@device_blueprint.arguments(NewDevice)
@device_blueprint.response(201, AddedDevice)
def add_device(given: Mapping[str, Any]) -> dict[str, Any]:
    """Register a phone."""
    db = here().db
    worker = workers.find(db, given["worker_id"]) or Worker(
        id=given["worker_id"], name=given["worker_name"] or given["worker_id"]
    )
    if fault := worker_fault(worker):
        raise fault
    if not worker.is_active:
        raise Problem("worker.left", worker_id=worker.id)
    base_url = here().config.public_url or request.host_url
    (added,) = connect(db, [(given["name"], worker)], base_url=base_url, at=here().now())
    _noted("phone added", phone=added.id[:SHORT_ID])
    return {"id": added.id, "name": added.name, "server_url": added.server_url, "qr": added.qr}


@device_blueprint.post("/<string:device_id>/revoke")
@tokens.needs(SCOPE, "token.phones_missing")
@device_blueprint.arguments(RevokeQuery)
@device_blueprint.response(204)
@device_blueprint.alt_response(404, description="No phone in use has this ID.")
def revoke_device(given: Mapping[str, Any], device_id: str) -> None:
    """Lock a phone out at once. `lost`: it is lost; who was on it is shown to people, not to programs."""
    devices.revoke(here().db, device_id, at=here().now(), lost=given["lost"])
    _noted("phone lost" if given["lost"] else "phone revoked", phone=device_id[:SHORT_ID])


@worker_blueprint.get("")
@worker_blueprint.response(200, WorkerList)
def list_workers() -> dict[str, Any]:
    """All workers."""
    known = workers.every(here().db)
    people = caseload.open_cases(here().db, [worker.id for worker in known])
    return {"items": [_for_programs(worker, people) for worker in known]}


@worker_blueprint.post("")
@tokens.needs(SCOPE, "token.phones_missing")
@worker_blueprint.arguments(WorkerSchema)
@worker_blueprint.response(201, WorkerSchema)
@worker_blueprint.alt_response(409, description="A worker is registered under this short name.")
def add_worker(given: Mapping[str, Any]) -> dict[str, Any]:
    """Enter a worker."""
    named = {"id": given["worker_id"], "places": tuple(given["places"])}
    kept = {name: given[name] for name in ("name", "team", "covers", "ahead_days")}
    worker = Worker(**named, **kept)
    if fault := worker_fault(worker):
        raise fault
    workers.add(here().db, worker)
    _noted("worker added", worker=worker.id)
    return _for_programs(worker, caseload.open_cases(here().db, [worker.id]))


@worker_blueprint.post("/<string:worker_id>/leave")
@tokens.needs(SCOPE, "token.phones_missing")
@worker_blueprint.arguments(LeavingSchema)
@worker_blueprint.response(200, WorkerSchema)
@worker_blueprint.alt_response(404, description="There is no worker of this short name.")
@worker_blueprint.alt_response(409, description="They still visit people, or whoever takes them over left.")
def let_worker_leave(given: Mapping[str, Any], worker_id: str) -> dict[str, Any]:
    """They work here no longer: their people go to another, their list is empty from the next refresh on."""
    db = here().db
    handed = leave(db, worker_id, **given, by=tokens.author(), at=here().now())
    _noted("worker left", worker=worker_id, to=given["to"], people=handed)
    return _for_programs(workers.named(db, worker_id), caseload.open_cases(db, [worker_id]))


def _for_programs(worker: Worker, people: Mapping[str, int]) -> dict[str, Any]:
    return {**document_from(worker), "worker_id": worker.id, "people": people.get(worker.id, 0)}


def _noted(what: str, **more: Any) -> None:
    audit.note(
        here().db, at=here().now(), by=tokens.author(), kind="configuration", more={"what": what, **more}
    )
