"""The blueprint all pages hang on, and what every page shows around its content."""

import importlib
from typing import Any

from flask import Blueprint, Flask, g, request, url_for

from server import sessions
from server.auth import guard
from server.here import here
from server.people import access, built
from server.people.words import later

blueprint = Blueprint("people", "server.people")
guard(blueprint)

NAV = (
    ("people.home", later("Today"), "see_caseload"),
    ("people.show_caseload", later("Caseload"), "see_caseload"),
    ("people.show_referred", later("Referred to us"), "see_returnee"),
    ("people.show_forms_to_fill", later("Fill in a form"), "fill_forms"),
    ("people.show_questions", later("Needs a person"), "see_set_aside"),
    ("people.show_forms", later("Forms"), "manage_forms"),
    ("people.show_phones", later("Phones"), "manage_phones"),
    ("people.show_accounts", later("Accounts"), "manage_accounts"),
    ("people.show_numbers", later("Numbers"), "see_numbers"),
    ("people.show_exports", later("Exports"), "export"),
    ("people.show_webhooks", later("Programs"), "manage_webhooks"),
    ("people.show_audit", later("Who saw what"), "see_audit"),
)
ROLE_NAMES = {
    "administrator": later("Administrator"),
    "coordinator": later("Coordinator"),
    "case_manager": later("Case manager"),
    "outreach_worker": later("Outreach worker"),
    "auditor": later("Auditor"),
    "analyst": later("Analyst"),
}


def install(app: Flask) -> None:
    """Add the pages and what they look like."""
    # These add their views to the blueprint.
    for module in (
        "auditing",
        "caseload",
        "colleagues",
        "decisions",
        "devices",
        "exports",
        "files",
        "fill",
        "handover",
        "leaving",
        "looks",
        "messages",
        "names",
        "numbers",
        "phone",
        "printing",
        "privacy",
        "questions",
        "who_is_who",
        "records",
        "referred",
        "returnee",
        "same_person",
        "webhooks",
        "workers",
        "workbench",
        "workbench_preview",
        "workbench_rehearsal",
        "workbench_files",
        "workbench_versions",
        "timeline",
        "today",
        "tokens",
        "logins",
    ):
        importlib.import_module(f"server.people.{module}")

    app.register_blueprint(blueprint)
    app.register_blueprint(built.blueprint)
    app.register_blueprint(importlib.import_module("server.people.leaving").unguarded)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """What the frame around every page needs."""
    # Where the language switch leads back to; a page that answered a form has no address of its own.
    asked_again = request.method == "GET" and request.url_rule is not None
    return {
        "nav": [item for item in NAV if item[0] != "people.show_referred" or _is_partner()],
        "role_names": ROLE_NAMES,
        "organisation": here().config.oidc,
        "built": built,
        "idle_seconds": int(sessions.IDLE.total_seconds()),
        "names_shown": bool(g.get("account")) and access.fields_shown(g.account) == access.ONE_LINE,
        "here_path": request.full_path.removesuffix("?") if asked_again else url_for("people.home"),
    }


def _is_partner() -> bool:
    """Whether this account belongs to an organisation to which people can be referred."""
    account = g.get("account")
    return bool(account and account.organisation)
