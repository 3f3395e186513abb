"""A program that listens to webhooks, on a real socket."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener(ThreadingHTTPServer):
    """A program that listens to webhooks and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.status = 204
        super().__init__(("127.0.0.1", 0), Hears)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Hears(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.headers["Pteah-Signature"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_) -> None:
        pass
