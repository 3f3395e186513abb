"""Rows on phones: whatever phones do offline and in whatever order it arrives, one row comes out.

The phones here are collect_contract 5.2 and 5.3 in a few lines; JavaRosa's phones come in test_offline_weeks.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.entity_change import Ledger, Settled, Step
from sync.core.entity_layout import FORCE_AFTER_DAYS
from sync.core.entity_row import Row, row_of

HER = "3f0c2a9e-9f1b-4a5e-8d1c-0a2b3c4d5e6f"
START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
NAMES = ("village", "phone", "label")


def a_step(key: str, hour: int = 0, *, received: int | None = None, **more) -> Step:
    """A change made `hour` hours after the start and received at once, or at hour `received`."""
    at = START + timedelta(hours=hour)
    received_at = at if received is None else START + timedelta(hours=received)
    given = {"home": HER, "values": {}, "update": True, **more}
    return Step(
        key=key,
        order=(at, received_at, key),
        received_at=received_at,
        received_on=received_at.date(),
        **given,
    )


BIRTH = a_step("birth", create=True, update=False, values={"label": "Sok", "village": "A", "phone": "1"})


def row(
    *steps: Step, ledger: Ledger | None = None, settled: Settled | None = None, as_of: date | None = None
) -> Row:
    found = row_of(HER, steps, {HER: ledger or Ledger()}, settled, as_of=as_of)
    assert found is not None
    return found


@dataclass
class Server:
    """Takes changes in one by one and remembers what it published."""

    steps: list[Step] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    by_itself: int = 0

    @property
    def row(self) -> Row:
        return row(*self.steps, ledger=self.ledger)

    def receive(self, step: Step) -> None:
        before = self.ledger
        self.steps.append(step)
        after = self.row
        assert after.ledger.version == before.version + 1, "exactly one, whether it comes in or waits"
        self.ledger = after.ledger
        assert self.row == after, "the same once more, with the versions it gave itself"

    def changes_by_itself(self) -> None:
        """Another day is due: the row changes and no phone did it."""
        self.ledger = replace(self.ledger, version=self.ledger.version + 1)
        self.by_itself += 1


@dataclass
class Phone:
    """One phone and the row on it."""

    name: str
    version: int = 0
    trunk: int = 0
    branch: str = ""
    values: dict[str, str] = field(default_factory=dict)
    outbox: list[Step] = field(default_factory=list)
    made: int = 0

    def refresh(self, server: Server) -> None:
        """5.2: the server's row wins if it is newer, or as new as what was changed here."""
        now = server.row
        newest = now.ledger.version
        if self.version < newest or (self.version == newest and self.version != self.trunk):
            self.version = self.trunk = newest
            self.branch, self.values = f"{self.name}-{newest}-{self.made}", dict(now.values)

    def change(self, hour: int, **values: str) -> Step:
        """5.3: the version is counted on, trunk and branch stay."""
        self.made += 1
        step = a_step(
            f"{self.name}{self.made}",
            hour,
            base=self.version,
            trunk=self.trunk,
            branch=self.branch,
            values=values,
        )
        self.version += 1
        self.values |= values
        self.outbox.append(step)
        return step


a_change = st.dictionaries(st.sampled_from(NAMES), st.sampled_from("ABCD"), min_size=1)


@st.composite
def offline(draw) -> tuple[Server, list[Step]]:
    """Three phones that saw the same row and then changed it offline, each several times."""
    server = Server()
    server.receive(BIRTH)
    for _ in range(draw(st.integers(0, 2))):
        server.changes_by_itself()
    made = []
    for name in "abc":
        phone = Phone(name)
        phone.refresh(server)
        made += [
            phone.change(draw(st.integers(1, 50)), **values)
            for values in draw(st.lists(a_change, max_size=3))
        ]
    return server, made


@given(world=offline(), chance=st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_row_version_or_conflicts(world, chance):
    """5.3, "in any order of arrival": same end state, and one version for each change."""
    server, made = world
    ends = []
    for _ in range(2):
        taking = Server(list(server.steps), server.ledger)
        for step in made:
            taking.receive(step)
        end = taking.row
        assert not end.held
        assert end.ledger.version == server.ledger.version + len(made)
        ends.append((dict(end.values), end.conflicts))
        chance.shuffle(made)

    assert ends[0] == ends[1]


@given(world=offline())
def test_a_phone_is_never_in_conflict_with_its_own_branch(world):
    server, made = world
    for step in made:
        server.receive(step)

    for conflict in server.row.conflicts:
        assert all(other[0] != conflict.key[0] for other in conflict.crossed)


@st.composite
def weeks(draw):
    """What three phones and the server do, step by step."""
    acts = st.one_of(
        st.tuples(st.just("change"), st.sampled_from("abc"), a_change),
        st.tuples(st.just("send"), st.sampled_from("abc"), st.integers(0, 5)),
        st.tuples(st.just("refresh"), st.sampled_from("abc"), st.none()),
        st.tuples(st.just("itself"), st.just(""), st.none()),
    )
    return draw(st.lists(acts, max_size=30))


@given(acts=weeks(), skew=st.integers(-30, 30))
def test_when_everything_has_arrived_every_phone_shows_what_the_server_has(acts, skew):
    """5.2: versions compare rightly, whatever was sent late, crossed, or held; one phone's clock is wrong."""
    server, phones = Server(), {name: Phone(name) for name in "abc"}
    server.receive(BIRTH)
    for phone in phones.values():
        phone.refresh(server)
    for hour, (act, name, more) in enumerate(acts):
        if act == "change":
            phones[name].change(hour + 1 + (skew if name == "a" else 0), **more)
        elif act == "send" and phones[name].outbox:
            server.receive(phones[name].outbox.pop(more % len(phones[name].outbox)))
        elif act == "refresh":
            phones[name].refresh(server)
        elif act == "itself":
            server.changes_by_itself()
    for phone in phones.values():
        for step in phone.outbox:
            server.receive(step)
    for phone in phones.values():
        phone.refresh(server)

    end = server.row
    assert not end.held
    assert end.ledger.version == 1 + sum(phone.made for phone in phones.values()) + server.by_itself
    assert all((phone.version, phone.values) == (end.ledger.version, end.values) for phone in phones.values())


@given(changes=st.lists(st.tuples(st.sampled_from("ab"), a_change), max_size=8))
def test_phones_that_take_turns_are_never_in_conflict(changes):
    server, phones = Server(), {name: Phone(name) for name in "ab"}
    server.receive(BIRTH)
    for hour, (name, values) in enumerate(changes):
        phones[name].refresh(server)
        server.receive(phones[name].change(hour + 1, **values))

    assert server.row.conflicts == ()


def test_a_change_waits_for_the_one_before_it_and_comes_in_with_it():
    """5.3: earlier steps of the branch have not arrived yet; central_behaviour 8, held and released."""
    one, two, three = (
        a_step(f"u{number}", number, base=number, trunk=1, branch="b", values={"phone": str(number)})
        for number in (1, 2, 3)
    )

    waiting = row(BIRTH, two, three)
    assert [held.key for held in waiting.held] == ["u2", "u3"]
    assert (waiting.ledger.version, waiting.values["phone"]) == (3, "1")
    there = row(BIRTH, two, three, one, ledger=waiting.ledger)
    assert (there.held, there.ledger.version, there.values["phone"]) == ((), 4, "3")


def test_a_change_of_a_person_made_offline_waits_for_her_registration():
    """5.3: trunkVersion "" with base 1, 2 … for what was created offline."""
    one = a_step("u1", 1, base=1, branch="b", values={"phone": "2"})
    two = a_step("u2", 2, base=2, branch="b", values={"phone": "3"})

    assert row_of(HER, [one, two], {}) is None
    there = row(two, one, BIRTH)
    assert (there.ledger.version, there.values["phone"], there.held) == (3, "3", ())


def test_a_change_made_on_a_version_the_server_has_not_waits_for_it():
    later = a_step("u2", 2, base=2, trunk=2, branch="b2", values={"phone": "3"})
    first = a_step("u1", 1, base=1, trunk=1, branch="b1", values={"phone": "2"})

    assert [held.key for held in row(BIRTH, later).held] == ["u2"]
    assert row(BIRTH, later, first).values["phone"] == "3"


def test_after_five_days_what_still_waits_is_put_in_and_says_so():
    """central_behaviour 8: held longer than five days, forced in the order of the branch."""
    two = a_step("u2", 2, base=2, trunk=1, branch="b", values={"phone": "2"})
    three = a_step("u3", 3, base=3, trunk=1, branch="b", values={"phone": "3"})
    last = START.date() + timedelta(days=FORCE_AFTER_DAYS)

    assert row(BIRTH, two, three, as_of=last).forced == ()
    forced = row(BIRTH, two, three, as_of=last + timedelta(days=1))
    assert (forced.forced, forced.held, forced.values["phone"]) == (("u2",), (), "3")
    assert forced.ledger.version == 3

    one = a_step("u1", 1, received=900, base=1, trunk=1, branch="b", values={"village": "B"})
    late = row(BIRTH, two, three, one, ledger=forced.ledger, as_of=last + timedelta(days=90))
    in_order = row(BIRTH, one, two, three)
    assert (late.values, late.ledger.version, late.conflicts) == (in_order.values, 4, ())
    assert late.forced == (), "what it rests on has come after all"


def test_after_five_days_a_change_of_somebody_unknown_registers_her():
    """central_behaviour 8: unknown entity -> the update is applied as a create."""
    stray = a_step("u1", 1, base=1, branch="b", values={"phone": "2"})
    when = START.date() + timedelta(days=FORCE_AFTER_DAYS + 1)

    forced = row(stray, as_of=when)
    assert (forced.forced, forced.births, forced.ledger.version) == (("u1",), {HER: "u1"}, 1)
    after = row(
        stray, replace(BIRTH, received_at=START + timedelta(days=9)), ledger=forced.ledger, as_of=when
    )
    assert (after.births, after.forced, after.ledger.version) == ({HER: "birth"}, (), 2)
    assert after.values["phone"] == "2"


def test_somebody_who_was_known_here_and_is_gone_does_not_come_back_by_time():
    stray = a_step("u1", 1, base=1, trunk=1, branch="b")
    gone = {HER: Ledger(3, {"birth": 1})}

    assert row_of(HER, [stray], gone, as_of=date(2027, 1, 1)) is None


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_the_same_property_set_to_two_values_is_a_hard_conflict_and_the_later_value_stands(order):
    """central_behaviour 8: same property changed to another value: applied, hard, conflictingProperties."""
    both = [
        a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": "7", "village": "B"}),
        a_step("b1", 2, base=1, trunk=1, branch="b", values={"phone": "8", "village": "A"}),
    ]
    end = row(BIRTH, *(both[place] for place in order))

    (conflict,) = end.conflicts
    assert (conflict.key, conflict.hard, conflict.crossed) == ("b1", True, ("a1",))
    assert conflict.clash == {"phone": ("7", "8")}
    assert end.values == {"label": "Sok", "phone": "8", "village": "B"}, (
        "the village b1 sent back as it was stays changed"
    )


def test_other_properties_changed_meanwhile_is_a_soft_conflict():
    end = row(
        BIRTH,
        a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": "7"}),
        a_step("b1", 2, base=1, trunk=1, branch="b", values={"village": "B"}),
    )

    (conflict,) = end.conflicts
    assert (conflict.key, conflict.hard, conflict.clash) == ("b1", False, {})
    assert end.values == {"label": "Sok", "phone": "7", "village": "B"}


def test_a_branch_that_somebody_interrupted_is_in_soft_conflict_from_there_on():
    """central_behaviour 8: branch interrupted by someone else's version after the trunk."""
    end = row(
        BIRTH,
        a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": "7"}),
        a_step("b1", 2, base=1, trunk=1, branch="b", values={"village": "B"}),
        a_step("a2", 3, base=2, trunk=1, branch="a", values={"phone": "9"}),
    )

    assert [(one.key, one.hard) for one in end.conflicts] == [("b1", False), ("a2", False)]


def test_a_version_the_server_made_by_itself_puts_nobody_in_conflict():
    """A new due date raises the version; who still had the one before changed nothing that crosses it."""
    ledger = replace(row(BIRTH).ledger, version=3)
    end = row(BIRTH, a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": "7"}), ledger=ledger)

    assert (end.conflicts, end.ledger.version) == ((), 4)


def test_a_form_without_branches_rests_on_its_base_version():
    """2023.1: baseVersion alone."""
    first = a_step("a1", 1, base=1, values={"phone": "7"})
    knows = a_step("a2", 2, base=2, values={"phone": "8"})
    not_so = a_step("a3", 3, base=1, values={"phone": "9"})

    assert row(BIRTH, first, knows).conflicts == ()
    assert [one.key for one in row(BIRTH, first, knows, not_so).conflicts] == ["a3"]
    assert [one.key for one in row(BIRTH, knows).held] == ["a2"]


def test_absent_properties_keep_their_value_and_blank_ones_are_blanked():
    end = row(BIRTH, a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": ""}))

    assert end.values == {"label": "Sok", "village": "A", "phone": ""}


def test_a_second_registration_counts_for_nothing_until_somebody_says_it_is_hers():
    """5.3: a create whose id exists already."""
    again = replace(
        BIRTH, key="again", order=(START + timedelta(hours=5), START, "again"), values={"village": "C"}
    )

    apart = row(BIRTH, again)
    assert (apart.twice, apart.ledger.version, apart.values["village"]) == (("again",), 1, "A")
    hers = row(BIRTH, again, settled=Settled(as_hers={"again"}, looked={"again": START + timedelta(days=1)}))
    assert (hers.twice, hers.ledger.version, hers.values["village"], hers.conflicts) == ((), 2, "C", ())


def test_both_flags_update_who_is_known_and_register_who_is_not():
    """central_behaviour 8: if both are on, update is tried first; falls back to create."""
    both = a_step("x", 1, create=True, base=1, trunk=1, branch="b", values={"label": "Dara", "phone": "5"})

    assert row(both).births == {HER: "x"}
    known = row(BIRTH, both)
    assert (known.births, known.twice, known.ledger.version, known.values["phone"]) == (
        {HER: "birth"},
        (),
        2,
        "5",
    )
    assert row(BIRTH, replace(both, base=None, trunk=None, branch="")).twice == ("x",)


def test_what_cannot_be_right_waits_for_people_and_comes_in_when_they_say_so():
    odd = a_step("odd", 1, fault="entity.not_declared", base=1, trunk=1, branch="b", values={"phone": "6"})
    late = date(2027, 1, 1)

    waiting = row(BIRTH, odd, as_of=late)
    assert [(held.key, held.code) for held in waiting.held] == [("odd", "entity.not_declared")]
    assert row(BIRTH, odd, settled=Settled(at_once={"odd"})).values["phone"] == "6"


def test_what_somebody_settled_stands_and_later_changes_are_told_that_cross_it():
    one = a_step("a1", 1, base=1, trunk=1, branch="a", values={"phone": "7"})
    two = a_step("b1", 2, base=1, trunk=1, branch="b", values={"phone": "8"})
    said = a_step("d1", 5, decided=True, update=False, values={"phone": "7"})
    settled = Settled(looked={"b1": said.received_at})

    end = row(BIRTH, one, two, said, settled=settled)
    assert ([one.settled for one in end.conflicts], end.values["phone"], end.ledger.version) == (
        [True],
        "7",
        4,
    )
    before = a_step("c1", 3, received=9, base=1, trunk=1, branch="c", values={"phone": "9"})
    late = row(BIRTH, one, two, said, before, settled=settled)
    assert late.values["phone"] == "7", "made before it was settled, received after: the decision stands"
    assert [(one.key, one.settled) for one in late.conflicts] == [("b1", True), ("c1", False)]
    after = a_step("c1", 8, base=1, trunk=1, branch="c", values={"phone": "9"})
    assert [(one.key, one.hard) for one in row(BIRTH, one, two, said, after, settled=settled).conflicts] == [
        ("b1", True),
        ("c1", True),
    ]
