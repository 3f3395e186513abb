"""The way in for phones: everything under /key/<token>/.

This stands in front of the Flask application rather than in it. Phones have no cookies, sessions, CSRF
tokens or languages to negotiate, and a submission should pass through as little as possible on its way
to the disk. Every answer, also an error, is XML that ODK Collect can show.
"""

import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request

from server.phones import forms, openrosa, people, receive
from server.phones.call import Answer, Call, Service, answer_xml
from server.phones.crowd import Crowd
from server.phones.figures import Figures
from server.problems import STATUS
from sync.core.problem import Problem
from sync.store import device_news, devices, health

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/key/"
READ = ("GET", "HEAD")

View = Callable[[Call], Answer]

log = structlog.get_logger("pteah.phones")


class Door:
    """A WSGI application: phones' addresses are answered here, all others by `inner`."""

    def __init__(self, inner: "WSGIApplication", service: Service, figures: Figures) -> None:
        self._inner, self._service, self._figures = inner, service, figures
        self.crowd = Crowd()
        hops = service.config.trusted_proxies
        self._phones: WSGIApplication = self._serve
        if hops:
            self._phones = ProxyFix(self._serve, x_for=hops, x_proto=hops, x_host=hops)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, or let the application behind do it."""
        is_phone = environ.get("PATH_INFO", "").startswith(ROOT)
        return (self._phones if is_phone else self._inner)(environ, start_response)

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a phone; whatever happens, in XML."""
        with self.crowd.one_more():
            answer = self._answered(Request(environ))
        return answer(environ, start_response)

    def _answered(self, request: Request) -> Answer:
        begun = time.perf_counter()
        # Empty steps are left out: a slash too many or at the end changes nothing, and nothing redirects.
        token, *steps = [step for step in request.path[len(ROOT) :].split("/") if step] or [""]
        name, methods, view = route(steps)
        try:
            answer = self._answer(request, token, methods, view)
        except Exception as error:
            answer = refuse(request, name, error)
        self._figures.note(name, request.method, answer.status_code, time.perf_counter() - begun)
        return answer

    def _answer(self, request: Request, token: str, methods: Iterable[str], view: View) -> Answer:
        """What the view says to a phone that is registered here."""
        service = self._service
        device = devices.find_by_token(service.db, token)
        if device is None:
            raise Problem("device.unknown")
        if request.method not in methods:
            raise MethodNotAllowed(methods)
        call = Call(service=service, request=request, device=device, token=token, at=service.now())
        answer = view(call)
        device_news.mark_contact(
            service.db,
            device,
            at=call.at,
            user_agent=request.headers.get("User-Agent", ""),
            install_id=request.args.get("deviceID", ""),
        )
        return answer


def route(steps: list[str]) -> tuple[str, tuple[str, ...], View]:
    """Which view answers this address: its name in the figures, its methods, the view."""
    match steps:
        case ["submission"]:
            return "submission", (*READ, "POST"), _submission
        case ["formList"]:
            return "formList", READ, forms.show_form_list
        case ["forms", form_id, file] if file.endswith(".xml"):
            return "form", READ, lambda call: forms.show_form(call, form_id, file[:-4])
        case ["manifests", form_id, file] if file.endswith(".xml"):
            return "manifest", READ, lambda call: forms.show_manifest(call, form_id, file[:-4])
        case ["media", form_id, version, name]:
            return "media", READ, lambda call: forms.show_media(call, form_id, version, name)
        case ["media", form_id, name]:
            return "media", READ, lambda call: forms.show_media(call, form_id, "", name)
        case ["entities", name, "integrity"]:
            return "integrity", READ, lambda call: people.show_integrity(call, name)
        case ["entities", file]:
            return "people", READ, lambda call: people.show_list(call, file)
        case _:
            return "other", (*READ, "POST"), _nothing


def refuse(request: Request, name: str, error: Exception) -> Answer:
    """An error as a sentence for whoever holds the phone."""
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
    return answer_xml(status, body)


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
