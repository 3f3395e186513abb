"""The rule language: XForm XPath, evaluated exactly as JavaRosa (ODK Collect's engine) does.

expression = compile_expression("${temp} >= 38.5", names={"temp": "/data/temp"})
tree = read_tree(root_of(xml), types, calculate_types)          # once per submission
session = Session(tree, now)                                    # now: the submission's own time
to_boolean(expression.evaluate(session))
"""

from sync.core.xpath.checks import Findings, check
from sync.core.xpath.dates import Moment
from sync.core.xpath.errors import XPathError, XPathSyntaxError
from sync.core.xpath.expression import Expression, compile_expression
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
    "check",
    "compile_expression",
    "read_tree",
    "to_boolean",
    "to_number",
    "to_string",
    "written",
]
