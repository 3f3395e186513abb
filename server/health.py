"""Is it alive, can it take a submission, how is it doing: for supervisors, balancers and Prometheus."""

import hmac
import ipaddress
import time
from threading import Lock

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from werkzeug.exceptions import Forbidden

from server.config import Config
from server.here import here
from sync.store import aside, ledger, records
from sync.store import health as store_health
from sync.store.connect import Db

READY_FOR_SECONDS = 1.0

blueprint = Blueprint("health", "server.health")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Readiness:
    """Whether a submission could be kept just now; asked of MongoDB at most once a second."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._lock = Lock()
        self._until = 0.0
        self._ready = False

    def now(self) -> bool:
        """True when a write reached a majority of the replica set within two seconds."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._ready = store_health.can_keep(self._db, at=here().now())
                self._until = time.monotonic() + READY_FOR_SECONDS
            return self._ready


class Work(Collector):
    """What lies where, asked of MongoDB whenever Prometheus looks."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked of MongoDB at registration."""
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        """Submissions by state, age of the oldest one that waits, records on which a phone differs."""
        states = GaugeMetricFamily("pteah_submissions", "Submissions by state", labels=["state"])
        for state, count in store_health.submissions_by_state(self._db).items():
            states.add_metric([state], count)
        waiting = GaugeMetricFamily(
            "pteah_oldest_unprocessed_seconds",
            "Age of the oldest submission not yet processed; 0 when none waits",
        )
        oldest = store_health.oldest_unprocessed(self._db)
        waiting.add_metric([], max((here().now() - oldest).total_seconds(), 0.0) if oldest else 0.0)
        differences = GaugeMetricFamily(
            "pteah_parity_differences", "Records on which phone and server came to different answers"
        )
        differences.add_metric([], records.count_differing(self._db))
        records_missing = GaugeMetricFamily(
            "pteah_records_missing", "Records begun on phones that have not arrived, by their running numbers"
        )
        records_missing.add_metric([], sum(ledger.missing_by_device(self._db).values()))
        kept_aside = GaugeMetricFamily(
            "pteah_kept_aside", "Contents and sendings that wait for a person", labels=["what"]
        )
        for what, count in aside.counts(self._db).items():
            kept_aside.add_metric([what], count)
        return [states, waiting, differences, records_missing, kept_aside]


def install(app: Flask, db: Db, config: Config) -> None:
    """Add /healthz, /readyz and /metrics, and measure every request by the template of its route."""
    registry = CollectorRegistry()
    registry.register(Work(db))
    ProcessCollector(registry=registry)
    seconds = Histogram(
        "pteah_request_seconds", "Time to answer", ["method", "route"], buckets=BUCKETS, registry=registry
    )
    answers = Counter("pteah_answers", "Answers by status", ["route", "status"], registry=registry)
    app.extensions["pteah.readiness"] = Readiness(db)
    app.extensions["pteah.metrics"] = registry
    app.register_blueprint(blueprint)

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def measure(response: Response) -> Response:
        # The template, never the path: a path may carry a phone's token or a case code.
        route = request.url_rule.rule if request.url_rule else "none"
        # A method somebody made up must not become a label of its own.
        method = (
            request.method
            if request.method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
            else "other"
        )
        if "begun" in g:
            seconds.labels(method, route).observe(time.perf_counter() - g.begun)
        answers.labels(route, str(response.status_code)).inc()
        return response


@blueprint.get("/healthz")
def show_alive() -> Response:
    """The process answers."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def show_ready() -> Response:
    """200 when a submission could be kept now, else 503."""
    readiness: Readiness = current_app.extensions["pteah.readiness"]
    ready = readiness.now()
    sentence, status = ("ready\n", 200) if ready else ("not ready\n", 503)
    return Response(sentence, status, content_type="text/plain; charset=utf-8")


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Figures for Prometheus: to this machine only, or to whoever has the metrics token."""
    if not _may_see_metrics(here().config):
        raise Forbidden
    return Response(
        generate_latest(current_app.extensions["pteah.metrics"]), content_type=CONTENT_TYPE_LATEST
    )


def _may_see_metrics(config: Config) -> bool:
    if config.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), config.metrics_token.encode())
    # A proxy on this machine makes the whole world look like loopback: then only the token counts.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
