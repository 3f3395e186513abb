"""The Flask application: which edges it has, and what every answer carries."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from server import accounts, auth, health, people, phones, problems, programs
from server.config import Config
from server.here import Pteah, here, utc_now
from server.hosts import plain_hosts_only
from server.secret import secret_key
from server.squeezing import squeeze
from sync.store.connect import Db

MAX_PAGE_BYTES = 1_000_000
"""What people and programs may send in one request; phones have a limit of their own."""

# Everything comes from here, nothing is written into a page, no page asks another host for anything. A page
# that needs more says so itself.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def create_app(
    config: Config, db: Db, *, wake: Callable[[], None] = lambda: None, now: Callable[[], datetime] = utc_now
) -> Flask:
    """The whole web application over one database.

    `wake` is called after a submission was kept, so that a worker in this process starts at once.
    `now` says what time it is to people's pages and programs; tests hand in their own.
    """
    app = Flask("server", template_folder="people/templates", static_folder=None)
    app.extensions["pteah"] = Pteah(db, config, now, wake)
    app.config.update(
        SECRET_KEY=secret_key(config.data),
        MAX_CONTENT_LENGTH=MAX_PAGE_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stay open over lunch
        # Our pages send no Referer, on purpose; `auth.refuse_other_sites` looks at Sec-Fetch-Site instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    # `//` in an address would be answered with a redirect to whatever host the request names.
    app.url_map.merge_slashes = False
    app.session_interface = SessionCookie()
    app.before_request(auth.let_long_requests_in)
    csrf = CSRFProtect(app)
    accounts.ensure_indexes(db)

    health.install(app, db, config)
    auth.install(app)
    people.install(app)
    for blueprint in programs.install(app):
        csrf.exempt(blueprint)  # bearer tokens only: a browser never sends them by itself
    csrf.exempt("server.people.leaving.end_idle")  # checks its token itself
    csrf.exempt("server.people.fill.send_filled")  # checks its token itself, before it reads a long record
    problems.install(app)
    app.after_request(squeeze)
    app.after_request(protect)
    app.teardown_request(let_go)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    phones.install(app, db, config, wake)  # a door of their own before all of this
    app.wsgi_app = plain_hosts_only(app.wsgi_app)  # type: ignore[method-assign]
    return app


def protect(response: Response) -> Response:
    """Give every answer the headers that keep it from being framed, guessed at, stored or sent on."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.headers.get("Cache-Control", "no-cache") == "no-cache":  # unsaid, or what a file begins with
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def let_go(_error: BaseException | None) -> None:
    """Close what was uploaded: what is large lies in a temporary file, open until somebody thinks of it."""
    request.close()


class SessionCookie(SecureCookieSessionInterface):
    """A signed cookie that goes over TLS only wherever TLS is there."""

    def get_cookie_name(self, app: Flask) -> str:
        """`pteah`; browsers that see __Host- also refuse one set by a neighbouring host."""
        return "__Host-pteah" if self.get_cookie_secure(app) else "pteah"

    def get_cookie_secure(self, app: Flask) -> bool:
        """True when the reader or the operator says https."""
        asked: Request = request
        return asked.is_secure or here().config.public_url.startswith("https://")

    def get_cookie_samesite(self, app: Flask) -> str:
        """Lax: a link in a message opens the page, a form on another site does nothing."""
        return "Lax"
