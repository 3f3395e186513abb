"""Checks of paths: does the question exist, is it one value, do the conditions in brackets count."""

from collections.abc import Iterator

from sync.core.xpath.checks.facts import Facts, Here, did_you_mean
from sync.core.xpath.syntax import Binary, Call, Expr, Number, Path


def check_path(path: Path, here: Here, facts: Facts, *, as_nodes: bool) -> None:
    """Finds what is wrong with a path. `as_nodes`: it stands where several nodes are welcome."""
    if any(step.name == "*" for step in path.steps):
        facts.refuse("* in a path means any question and cannot be evaluated. Name the question.")
        return
    if any(step.attribute for step in path.steps):
        facts.refuse("@ in a path leads to an attribute, which rules cannot use. Name a question.")
        return
    if path.start == "instance" or (here.in_list and path.start == "here"):
        _check_list(path, here, facts, as_nodes=as_nodes)
    else:
        _check_question(path, here, facts, as_nodes=as_nodes)
    for inside, predicate in predicates_of(path, here, facts):
        _check_predicate(predicate, inside, facts)


def predicates_of(path: Path, here: Here, facts: Facts) -> Iterator[tuple[Here, Expr]]:
    """Each condition of a path, with where it stands."""
    names = facts.where(path, here).strip("/").split("/")
    before = len(names) - len(path.steps)
    for index, step in enumerate(path.steps, start=1):
        inside = Here("/" + "/".join(names[: before + index]))
        if path.start == "instance" or (here.in_list and path.start == "here"):
            inside = Here("", path.instance or here.in_list)
        for predicate in step.predicates:
            yield inside, predicate


def _check_question(path: Path, here: Here, facts: Facts, *, as_nodes: bool) -> None:
    base = facts.context if path.start == "current" else here.path
    if path.start != "root" and (not base or path.ups > base.count("/")):
        facts.refuse("A path that begins with . or .. has no place to begin from here. Write ${question}.")
        return
    where = facts.where(path, here)
    if where not in facts.known:
        name = path.steps[-1].name if path.steps else where
        hint = did_you_mean(name, facts.names, "${{{}}}")
        facts.refuse(f"There is no question at {where} in this form.{hint}")
        return
    if facts.calculates.get(where) == "mixed":
        facts.refuse(
            f"{facts.label(path, here)} gives sometimes a number, sometimes a text or a date, so it cannot "
            "be used in a rule. Make both branches of its if() the same kind."
        )
    _check_repeats(path, where, base, facts, as_nodes=as_nodes)


def _check_repeats(path: Path, where: str, base: str, facts: Facts, *, as_nodes: bool) -> None:
    label = f"${{{path.question}}}" if path.question else where
    before = where.count("/") - len(path.steps)
    for repeat in facts.repeats:
        if not f"{where}/".startswith(f"{repeat}/"):
            continue
        level = repeat.count("/") - before - 1
        if level < 0:  # `..` leads there: the same instance
            continue
        conditions = path.steps[level].predicates
        around = f"{base}/".startswith(f"{repeat}/")
        if conditions:
            if not as_nodes and not any(_names_one(condition) for condition in conditions):
                facts.warn(
                    f"{label} must be one answer here. If more than one of {repeat} fits the condition in "
                    "brackets, the rule cannot be evaluated."
                )
        elif path.start == "root" and around:
            if as_nodes:
                facts.refuse(
                    f"Inside {repeat}, {label} means only the present one. To use all of them write a path "
                    f"with .., such as ../../{repeat.rpartition('/')[2]}."
                )
        elif not as_nodes:
            facts.refuse(
                f"{label} is asked several times (in {repeat}), but one value is needed. Use count(), sum(), "
                f"min(), max() or join(), or say which one: {repeat}[position() = 1]."
            )


def _names_one(condition: Expr) -> bool:
    return (
        isinstance(condition, Binary)
        and condition.operator == "="
        and any(
            isinstance(side, Call) and side.name == "position" for side in (condition.left, condition.right)
        )
    )


def _check_predicate(predicate: Expr, here: Here, facts: Facts) -> None:
    kind = facts.kind(predicate, here)
    if kind == "boolean":
        return
    if isinstance(predicate, Number):
        number = f"{predicate.value:g}"
        facts.refuse(f"[{number}] never finds anything. Write [position() = {number}].")
    else:
        facts.refuse(
            "A condition in brackets must compare something, as in [age > 5]. A number, a text or a "
            "question alone is never true there."
        )


def _check_list(path: Path, here: Here, facts: Facts, *, as_nodes: bool) -> None:
    name = path.instance or here.in_list
    columns = None if facts.lists is None else facts.lists.get(name)
    if facts.lists is not None and columns is None:
        hint = did_you_mean(name, facts.lists, "instance('{}')")
        facts.refuse(f"There is no list named “{name}”.{hint}")
        return
    if path.start == "instance":
        if path.names[:2] != ("root", "item"):
            facts.refuse(f"Write instance('{name}')/root/item[name = ${{question}}]/column.")
            return
        if not as_nodes and not path.steps[1].predicates:
            facts.refuse(f"The list “{name}” has many rows. Say which: item[name = ${{question}}].")
    column = path.steps[-1].name if path.steps else ""
    if columns and column and column != "item" and column not in columns:
        facts.refuse(f"The list “{name}” has no column “{column}”.{did_you_mean(column, columns)}")
