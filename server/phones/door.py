"""The way in for phones: /key/<token>/…, /openrosa/… with a name and password, /test/<token>/… for drafts.

This stands in front of the Flask application rather than in it. Phones have no cookies, sessions, CSRF
tokens or languages to negotiate, and a submission should pass through as little as possible on its way
to the disk. Every answer, also an error, is XML that ODK Collect can show.
"""

import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import structlog
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request

from server.phones import forms, openrosa, people, pull, receive
from server.phones.call import Answer, Call, Caller, Service, answer_xml
from server.phones.crowd import Crowd
from server.phones.figures import Figures
from server.phones.sign_in import NotSignedIn
from server.phones.trials import Trials, a_test_phone
from server.problems import STATUS
from sync.core.problem import Problem
from sync.store import device_news, devices, health

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOTS = ("/key/", "/openrosa/", "/test/")
READ = ("GET", "HEAD")

PHONES, TOOLS = ("phone",), ("pull",)

View = Callable[[Call], Answer]

log = structlog.get_logger("pteah.phones")


class Door:
    """A WSGI application: phones' addresses are answered here, all others by `inner`."""

    def __init__(self, inner: "WSGIApplication", service: Service, figures: Figures) -> None:
        self._inner, self.service, self._figures = inner, service, figures
        self.crowd = Crowd()
        self._trials = Trials(service)
        hops = service.config.trusted_proxies
        self._phones: WSGIApplication = self._serve
        if hops:
            self._phones = ProxyFix(self._serve, x_for=hops, x_proto=hops, x_host=hops)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, or let the application behind do it."""
        is_phone = f"/{environ.get('PATH_INFO', '').strip('/')}/".startswith(ROOTS)
        return (self._phones if is_phone else self._inner)(environ, start_response)

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a phone; whatever happens, in XML."""
        with self.crowd.one_more():
            answer = self._answered(Request(environ))
        return answer(environ, start_response)

    def _answered(self, request: Request) -> Answer:
        begun = time.perf_counter()
        # Empty steps are left out: a slash too many or at the end changes nothing, and nothing redirects.
        root, *steps = [step for step in request.path.split("/") if step]
        token = steps.pop(0) if root != "openrosa" and steps else ""
        asked = route(steps)
        try:
            caller = self._caller(request, root, token)
            service = self._trials.service_for(caller.draft) if caller.draft else self.service
            answer = _answer(service, request, caller, asked)
        except NotSignedIn as refusal:
            offered = self.service.sign_in.challenges(request, self.service.now(), stale=refusal.stale)
            answer = refuse(request, asked.name, refusal, *(("WWW-Authenticate", one) for one in offered))
        except Exception as error:
            answer = refuse(request, asked.name, error)
        self._figures.note(asked.name, request.method, answer.status_code, time.perf_counter() - begun)
        return answer

    def _caller(self, request: Request, root: str, token: str) -> Caller:
        """Who asks. A token in the address counts alone, whatever else comes with it."""
        db = self.service.db
        if root == "test":
            draft = self._trials.find(token)
            return Caller(root=(root, token), device=a_test_phone(draft), draft=draft)
        if root == "key":
            return Caller(root=(root, token), device=_known(devices.find_by_token(db, token)))
        login = self.service.sign_in.who(request, self.service.now())
        device = _known(devices.in_use(db, login.device_id)) if login.may == "phone" else None
        return Caller(root=(root,), device=device, login=login)


def _answer(service: Service, request: Request, caller: Caller, asked: "Asked") -> Answer:
    """What the view says to somebody who may ask this."""
    if request.method not in asked.methods:
        raise MethodNotAllowed(asked.methods)
    if (caller.login.may if caller.login else "phone") not in asked.may:
        raise Problem("address.unknown")
    call = Call(service=service, request=request, caller=caller, at=service.now())
    answer = asked.view(call)
    if caller.device and not caller.draft:
        device_news.mark_contact(
            call.db,
            caller.device,
            at=call.at,
            user_agent=request.headers.get("User-Agent", ""),
            install_id=request.args.get("deviceID", ""),
        )
    return answer


def _known(device: devices.Device | None) -> devices.Device:
    if device is None:
        raise Problem("device.unknown")
    return device


class Asked(NamedTuple):
    """What an address stands for."""

    name: str
    """In the figures."""
    methods: tuple[str, ...]
    view: View
    may: tuple[str, ...] = PHONES + TOOLS
    """Who may ask."""


def route(steps: list[str]) -> Asked:
    """What stands under this address."""
    match steps:
        case ["submission"]:
            return Asked("submission", (*READ, "POST"), _submission, PHONES)
        case ["formList"]:
            return Asked("formList", READ, forms.show_form_list)
        case ["forms", form_id, file] if file.endswith(".xml"):
            return Asked("form", READ, lambda call: forms.show_form(call, form_id, file[:-4]))
        case ["manifests", form_id, file] if file.endswith(".xml"):
            return Asked("manifest", READ, lambda call: forms.show_manifest(call, form_id, file[:-4]))
        case ["media", form_id, version, name]:
            return Asked("media", READ, lambda call: forms.show_media(call, form_id, version, name))
        case ["media", form_id, name]:
            return Asked("media", READ, lambda call: forms.show_media(call, form_id, "", name))
        case ["entities", name, "integrity"]:
            return Asked("integrity", READ, lambda call: people.show_integrity(call, name), PHONES)
        case ["entities", file]:
            return Asked("people", READ, lambda call: people.show_list(call, file), PHONES)
        case ["view", "submissionList"]:
            return Asked("submissionList", READ, pull.show_list, TOOLS)
        case ["view", "downloadSubmission"]:
            return Asked("downloadSubmission", READ, pull.show_submission, TOOLS)
        case ["view", "media", instance_id, name]:
            return Asked("downloadMedia", READ, lambda call: pull.show_media(call, instance_id, name), TOOLS)
        case _:
            return Asked("other", (*READ, "POST"), _nothing)


def refuse(request: Request, name: str, error: Exception, *more: tuple[str, str]) -> Answer:
    """An error as a sentence for whoever holds the phone; `more` are headers that go with it."""
    if isinstance(error, MethodNotAllowed):
        problem, status = Problem("address.unknown"), 405
    elif isinstance(error, HTTPException):  # the body ended before it was whole
        problem, status = Problem("submission.multipart_unreadable"), error.code or 400
    elif isinstance(error, Problem):
        problem, status = error, STATUS[error.kind]
    elif health.is_unreachable(error):
        log.error("mongodb.unreachable", request=name, error=type(error).__name__)
        problem, status = Problem("server.busy"), 503
    else:
        problem, status = _bug(request, name, error), 500
    body = openrosa.message(problem.message_for_phones, "error")
    return answer_xml(status, body, *more)


def _bug(request: Request, name: str, error: Exception) -> Problem:
    """A bug goes to the log under a number; the phone gets the number."""
    number = secrets.token_hex(4)
    # Type and places only: the text of an exception may quote what a person answered.
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "server.unexpected",
        request_id=number,
        method=request.method,
        request=name,
        error=type(error).__name__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    return Problem("server.unexpected", request_id=number)


def _submission(call: Call) -> Answer:
    return receive.receive(call) if call.request.method == "POST" else receive.announce(call)


def _nothing(call: Call) -> Answer:
    raise Problem("address.unknown")
