"""How phones are served, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST"})


class Figures:
    """Counts answers and measures times by what was asked for; never by address, which holds the token."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "pteah_phone_request_seconds",
            "Time to answer a phone",
            ["request", "method"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._answers = Counter(
            "pteah_phone_answers", "Answers to phones by status", ["request", "status"], registry=registry
        )

    def note(self, request: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        # A method somebody made up must not become a label of its own.
        self._seconds.labels(request, method if method in METHODS else "other").observe(seconds)
        self._answers.labels(request, str(status)).inc()
