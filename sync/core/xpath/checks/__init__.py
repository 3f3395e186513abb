"""Checks at definition time: what a coordinator must change before a rule may be published."""

from sync.core.xpath.checks.facts import Findings
from sync.core.xpath.checks.rules import check

__all__ = ["Findings", "check"]
