"""Figures as they are reported: medians, with how far the rounds lie apart."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.sending import Result


def say(text: str) -> None:
    """Write a line at once, so that a run that is cut short has said what it knew."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Measured:
    """All rounds of one way of sending."""

    way: str
    senders: int
    rates: list[float] = field(default_factory=list)
    all_in_rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu_ms: list[tuple[float, ...]] = field(default_factory=list)
    """Per record: server, MongoDB, senders."""

    def add(self, result: Result, *, cpu_seconds: tuple[float, ...], all_in_seconds: float | None) -> None:
        """One more round."""
        self.cpu_ms.append(tuple(seconds / result.records * 1000 for seconds in cpu_seconds))
        self.rates.append(result.records / result.seconds)
        self.latencies.extend(result.latencies)
        if all_in_seconds:
            self.all_in_rates.append(result.records / all_in_seconds)

    def __str__(self) -> str:
        said = (
            f"{self.way:10} {self.senders:3} senders: {spread(self.rates)} a second;"
            f" latency p50 {percentile(self.latencies, 50) * 1000:.1f} ms,"
            f" p95 {percentile(self.latencies, 95) * 1000:.1f} ms"
        )
        server, mongod, phones = (statistics.median(one) for one in zip(*self.cpu_ms, strict=True))
        said += f"; processor ms per record: server {server:.2f}, MongoDB {mongod:.2f}, senders {phones:.2f}"
        return said + (f"; worked through {spread(self.all_in_rates)} a second" if self.all_in_rates else "")


def spread(values: Sequence[float]) -> str:
    """Median, and the range of all rounds."""
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that this share of all values does not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]
