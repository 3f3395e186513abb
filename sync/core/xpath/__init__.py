"""The rule language: XForm XPath, evaluated exactly as JavaRosa 5.1 (ODK Collect's engine) does.

    kinds = calculate_types(form.calculates, form.types)            # once per form version
    expression = compile_expression("${temp} >= 38.5", names=form.paths)
    tree = read_tree(root, form.types, kinds)                       # once per submission
    session = Session(tree, now)                                    # now: the submission's own time
    to_boolean(expression.evaluate(session))                        # XPathError is "could not be evaluated"
    written(expression.evaluate(session))                           # what a phone would send, None: empty

A value is a float, a str, a bool or a Moment (any date or time). `Expression` has `.text`, `.context`,
`.references` (absolute paths), `.evaluate(session, at=node)` and `.static_type(types, calculate_types)`;
`Tree.find(path)` gives the nodes to evaluate at within a repeat. `check` finds what a coordinator should
change, without answers: `.refusals` and `.warnings`. Everything that goes wrong is an XPathError, whose
text can be shown and carries no answers.

Inside: lexer -> parser (path_parser) -> syntax -> compiler (paths, functions) -> closures over a Frame;
tree and reading turn answers into typed values; values, dates, numbers and geo know Java's ways; output
writes; regex and java_pattern match; kinds finds static types; checks refuses.
"""

from sync.core.xpath.checks import Findings, check
from sync.core.xpath.dates import Moment
from sync.core.xpath.errors import XPathError, XPathSyntaxError
from sync.core.xpath.expression import Expression, calculate_types, compile_expression
from sync.core.xpath.frames import StaticType
from sync.core.xpath.output import written
from sync.core.xpath.tree import Node, Session, Tree, read_tree
from sync.core.xpath.values import Value, to_boolean, to_number, to_string

__all__ = [
    "Expression",
    "Findings",
    "Moment",
    "Node",
    "Session",
    "StaticType",
    "Tree",
    "Value",
    "XPathError",
    "XPathSyntaxError",
    "calculate_types",
    "check",
    "compile_expression",
    "read_tree",
    "to_boolean",
    "to_number",
    "to_string",
    "written",
]
