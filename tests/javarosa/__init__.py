"""Submissions made as in the field: JavaRosa fills the form, `Phone` talks to the server like Collect."""

from tests.javarosa.engine import ADVICE, JavaRosa, JavaRosaError
from tests.javarosa.entity_lists import EntityList, Row
from tests.javarosa.forms import Filled, Form, Refreshed, message_of, posts_of
from tests.javarosa.line import PhoneError, Response
from tests.javarosa.phone import Phone

__all__ = [
    "ADVICE",
    "EntityList",
    "Filled",
    "Form",
    "JavaRosa",
    "JavaRosaError",
    "Phone",
    "PhoneError",
    "Refreshed",
    "Response",
    "Row",
    "message_of",
    "posts_of",
]
