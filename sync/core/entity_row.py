"""A person's row on phones: which changes are in it, which version each of them made, where two cross.

Phones change a row without asking (collect_contract 5.3) and say on which version. The server numbers what
it applies, one by one, and never takes a number back: the `Ledger` remembers which version was caused by
what, so that a later "I saw version 4" can be understood. Everything else follows from the changes alone, in
whatever order they arrived. Source for branches, holding and conflicts: central_behaviour 8.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sync.core.entity_blocks import MALFORMED
from sync.core.entity_change import LABEL, Ledger, Settled, Step, instance_of, order_of
from sync.core.entity_layout import Held, Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A change made without knowing of others that are in the row before it."""

    key: str
    hard: bool
    """The same property was set to another value; otherwise only other ones were."""
    crossed: tuple[str, ...]
    """Keys of those others."""
    clash: Mapping[str, tuple[str, str]]
    """Property -> (the value found, the value of this change)."""
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The row as it stands."""

    values: Mapping[str, str]
    ledger: Ledger
    births: Mapping[str, str]
    """Entity ID -> key of what registered it."""
    twice: tuple[str, ...]
    """Keys of further registrations under the same ID; they count for nothing."""
    held: tuple[Held, ...]
    forced: tuple[str, ...]
    """Keys of what was put in although what it rests on never came."""
    conflicts: tuple[Conflict, ...]


def row_of(
    entity_id: str,
    steps: Iterable[Step],
    ledgers: Mapping[str, Ledger],
    settled: Settled | None = None,
    *,
    as_of: date | None = None,
) -> Row | None:
    """The row of this person, or None while nothing registers her.

    `ledgers`: hers and those of the entity IDs merged into hers. `as_of` None: nothing is forced by time.
    """
    tied = [replace(one, fault="") if _is_tied(one, entity_id) else one for one in steps]
    layout = Layout(entity_id, sorted(tied, key=order_of), ledgers, settled or Settled(), as_of)
    layout.apply_all()
    if entity_id not in layout.births:
        return None
    values, conflicts = _Walk(layout).through()
    return Row(
        values=values,
        ledger=Ledger(layout.version, layout.causes),
        births=layout.births,
        twice=tuple(layout.twice),
        held=tuple(layout.held(step) for step in layout.waiting),
        forced=tuple(layout.forced),
        conflicts=tuple(conflicts),
    )


def _is_tied(step: Step, entity_id: str) -> bool:
    """Whether people have said whose change this is, although its own number is damaged."""
    return step.fault == MALFORMED and step.home != entity_id


class _Walk:
    """Goes through what counts in its order and sees what each change found and what it knew."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.known = {step.key: self._known_to(step) for step in layout.applied.values()}
        self.names = {LABEL}.union(*(one.values for one in layout.applied.values() if not one.decided))
        """What phones have in the row; people may decide about more than that."""
        self.values: dict[str, str] = {}
        self.trail: dict[str, list[tuple[str, str]]] = {}
        """Property -> (key, value) of every change of it, in order."""
        self.changed: dict[str, set[str]] = {}
        """Key -> properties it really changed."""
        self.conflicts: list[Conflict] = []

    def through(self) -> tuple[dict[str, str], list[Conflict]]:
        """All values at the end, and every conflict on the way."""
        for step in self._in_order():
            self._take(step)
        return self.values, self.conflicts

    def _known_to(self, step: Step) -> frozenset[str]:
        """Keys of the changes whoever made this one had seen in the row."""
        layout = self.layout
        others = [one for one in layout.applied.values() if one.key != step.key]
        if step.decided or step.record in layout.settled.as_hers:
            at = (
                step.received_at if step.decided else layout.settled.looked.get(step.record, step.received_at)
            )
            return frozenset(one.key for one in others if one.received_at <= at)
        if step.key == layout.births.get(step.home):
            return frozenset()
        _, numbers = layout.numbers(step.home)
        mine = numbers.get(step.key, layout.version + 1)
        seen = step.trunk if step.branch else step.base
        return frozenset(
            one.key
            for one in others
            if one.key == layout.births.get(step.home)
            or numbers.get(one.key, mine) <= min(seen or 0, mine - 1)
            or _is_earlier_in_branch(one, step)
        )

    def _in_order(self) -> list[Step]:
        """By when they were made, but each after all it knew of: a phone's clock may be wrong."""
        left = sorted(self.layout.applied.values(), key=order_of)
        ordered: list[Step] = []
        done: set[str] = set()
        while left:
            step = next((one for one in left if self.known[one.key] <= done), left[0])
            left.remove(step)
            ordered.append(step)
            done.add(step.key)
        return ordered

    def _take(self, step: Step) -> None:
        known = self.known[step.key]
        unknown = [key for key in self.changed if key not in known]
        clash: dict[str, tuple[str, str]] = {}
        mine: set[str] = set()
        for name, value in step.values.items():
            if step.decided and name not in self.names:
                continue
            found = self.values.get(name, "")
            seen = self._seen(name, known) if unknown else found
            if seen != found and value == seen:
                continue  # sent back as it was: whoever changed it meanwhile keeps it
            if found not in (seen, value):
                clash[name] = (found, value)
            if value != found:
                mine.add(name)
            self.values[name] = value
            self.trail.setdefault(name, []).append((step.key, value))
        self._cross(step, unknown, mine, clash)
        self.changed[step.key] = mine

    def _seen(self, name: str, known: frozenset[str]) -> str:
        return next((value for key, value in reversed(self.trail.get(name, [])) if key in known), "")

    def _cross(
        self, step: Step, unknown: Sequence[str], mine: set[str], clash: Mapping[str, tuple[str, str]]
    ) -> None:
        crossed = [key for key in unknown if self.changed[key] and self._do_cross(step, key, clash)]
        if not crossed or not mine:
            return
        if step.decided:  # what was decided stands; the change it did not know of is the one to look at
            for key in crossed:
                lost = {name: (step.values[name], found) for name, (found, _) in clash.items()}
                if both := lost.keys() & self.changed[key]:
                    self._note(key, (step.key,), {name: lost[name] for name in sorted(both)})
            return
        touched = set().union(*(self.changed[key] for key in crossed))
        self._note(step.key, tuple(crossed), {name: clash[name] for name in sorted(clash.keys() & touched)})

    def _note(self, key: str, crossed: tuple[str, ...], clash: Mapping[str, tuple[str, str]]) -> None:
        looked = self.layout.settled.looked.get(instance_of(key))
        settled = looked is not None and all(
            self.layout.applied[other].received_at <= looked for other in crossed
        )
        conflict = Conflict(key=key, hard=bool(clash), crossed=crossed, clash=clash, settled=settled)
        earlier = next((one for one in self.conflicts if one.key == key), None)
        if earlier is None:
            self.conflicts.append(conflict)
            return
        self.conflicts[self.conflicts.index(earlier)] = replace(
            conflict,
            hard=earlier.hard or conflict.hard,
            crossed=(*earlier.crossed, *crossed),
            clash={**earlier.clash, **clash},
            settled=earlier.settled and settled,
        )

    def _do_cross(self, step: Step, key: str, clash: Mapping[str, tuple[str, str]]) -> bool:
        """Whether somebody should see these two side by side.

        Whoever merged two people saw both rows; of what came later only another value of the same is news.
        """
        other, joined = self.layout.applied[key], self.layout.settled.joined
        merges = [joined[home].received_at for home in (step.home, other.home) if home in joined]
        if step.home == other.home or not merges or other.received_at > max(merges):
            return True
        return step.received_at > max(merges) and not self.changed[key].isdisjoint(clash)


def _is_earlier_in_branch(one: Step, other: Step) -> bool:
    """Whether `one` comes before `other` among the changes one phone made on end."""
    if not other.branch or one.branch != other.branch or one.home != other.home:
        return False
    return (one.base or 0) < (other.base or 0)
