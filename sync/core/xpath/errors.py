"""What goes wrong with an expression, in one type."""


class XPathError(Exception):
    """An expression that cannot be read, or cannot be evaluated on these answers.

    Never means false: a rule that raises this "could not be evaluated". The message is for coordinators
    and carries no answers. `at` is the position in the expression (0 = first character) where known.
    """

    def __init__(self, message: str, *, at: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class XPathSyntaxError(XPathError):
    """The text itself is wrong; raised by `compile_expression`, before there are any answers."""
