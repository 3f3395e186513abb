"""Everything that goes wrong, turned into an answer in the reader's own format, in one place.

People get a page with a way out, programs problem JSON (RFC 9457); phones are answered at their own door,
`server.phones`. Views have no try/except for Problems.
"""

import secrets
import traceback
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from server.people import words
from sync.core.problem import Kind, Problem
from sync.store.health import is_unreachable

STATUS: dict[Kind, int] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "missing": 404,
    "conflict": 409,
    "too_large": 413,
    "unavailable": 503,
}

log = structlog.get_logger("pteah.server")


def install(app: Flask) -> None:
    """Answer Problems, HTTP errors and bugs for everyone whose blueprint does not do it itself."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(RecursionError, answer_too_deep)
    app.register_error_handler(Exception, answer_bug)


def answer_problem(problem: Problem) -> Response:
    """A Problem as a page or as problem JSON."""
    status = 500 if problem.code == "server.unexpected" else STATUS[problem.kind]
    return _answer(status, problem.code, problem.message("en"), words.told(problem))


def answer_http_error(error: HTTPException) -> Response:
    """An error of HTTP itself (no such address, wrong method, unreadable request)."""
    if isinstance(error, InternalServerError):
        return answer_bug(error.original_exception or error)
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect of the router
    title, sentence = words.http_error(status)
    answer = _answer(status, f"http.{status}", title, sentence, errors=_field_errors(error))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def answer_too_deep(error: RecursionError) -> Response:
    """Something that was sent is nested deeper than anything here is."""
    log.warning("request.too_deep", route=request.url_rule.rule if request.url_rule else "")
    return answer_http_error(BadRequest())


def answer_bug(error: BaseException) -> Response:
    """A bug: where it happened goes to the log under a number, the reader gets the number."""
    number = secrets.token_hex(4)
    unreachable = is_unreachable(error)
    log.error(
        "server.busy" if unreachable else "server.unexpected",
        request_id=number,
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "",
        # Type and places only: the text of an exception may quote what a person answered.
        error=type(error).__name__,
        at=[f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)],
    )
    return answer_problem(
        Problem("server.busy") if unreachable else Problem("server.unexpected", request_id=number)
    )


def reader() -> str:
    """Who asked, told by the address: `programs` or `people`. Phones are answered at their own door."""
    return "programs" if request.path.startswith("/api/") else "people"


def problem_json(status: int, code: str, detail: str, errors: Any = None) -> Response:
    """The body programs get for anything that went wrong; `code` is what to compare."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": words.status_name(status),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="pteah"'
    return answer


def _answer(status: int, code: str, detail: str, sentence: str, errors: Any = None) -> Response:
    if reader() == "programs":
        return problem_json(status, code, detail, errors)
    return Response(render_template("error.html", status=status, code=code, sentence=sentence), status)


def _field_errors(error: HTTPException) -> Any:
    """What webargs found wrong, field by field, if it was webargs."""
    data = getattr(error, "data", None) or {}
    return data.get("errors") or data.get("messages")
