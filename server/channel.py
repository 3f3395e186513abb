"""What waitress does not do by itself for the many small requests of phones."""

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

ONE_PACKET_BYTES = 32_768


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """One request."""

    wrote_header: bool

    def set_close_on_finish(self) -> None:
        """Close the connection after this answer, unless it is one that ends with its head.

        waitress closes after every 204 and 304, as after an answer of unknown length. These have no body
        at all, and a phone asks HEAD (204) before each record and gets 304 for most of what it looks after:
        each would cost it a new connection.
        """
        asked = self.request.headers.get("CONNECTION", "").lower()
        if self.has_body or self.version != "1.1" or asked == "close":
            super().set_close_on_finish()

    def write(self, data: bytes) -> None:
        """Hand on a piece of the answer; a small answer leaves as a whole, its head in the same packet."""
        is_whole = self.content_length == len(data) <= ONE_PACKET_BYTES
        if not self.complete or self.wrote_header or not self.has_body or not is_whole:
            super().write(data)
            return
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(self.build_response_header() + data)


class Reading(HTTPRequestParser):  # type: ignore[misc]
    """One request, while it comes in."""

    path = ""
    """Of a head that cannot be read, too: waitress names it where whoever asked has left."""


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    parser_class = Reading
    task_class = Task
