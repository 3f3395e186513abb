"""What the server may be made to call: the wide world by TLS, and nothing of its own network."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from server import outbound
from sync.core.problem import Problem

INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://0.0.0.0/",
    "https://0/",
    "https://10.0.0.5/hook",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[ff02::1]/",
]
NO_URL = [
    "",
    "https://",
    "https:///path",
    "//example.org/",
    "example.org",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://example.org/",
    "javascript:alert(1)",
    "https://user:secret@example.org/",
    "https://example.org@127.0.0.1/",
    "https://example.org:99999/",
    "https://example.org:port/",
    "https://[::1/",
    "https://exa mple.org/",
    "https://example.org/\r\nHost: inside",
    "https://example.org\\@127.0.0.1/",
    "https://127.0.0.1\t/",
]


def refusal(url: str, **more) -> str:
    with pytest.raises(Problem) as refused:
        outbound.target_of(url, **more)
    return refused.value.code


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_is_called(url):
    assert refusal(url) == "outbound.inside"


@pytest.mark.parametrize("url", NO_URL)
def test_what_is_no_plain_web_address_is_refused(url):
    assert refusal(url) == "outbound.url_invalid"


def test_without_tls_only_a_host_that_the_operator_named_is_called():
    assert refusal("http://203.0.113.5/") == "outbound.not_https"
    assert refusal("http://127.0.0.1/", inside=("elsewhere",)) == "outbound.not_https"
    assert outbound.target_of("http://127.0.0.1:81/x?y=1", inside=("127.0.0.1",)) == outbound.Target(
        "http", "127.0.0.1", 81, "/x?y=1", "127.0.0.1"
    )


def test_an_address_of_the_wide_world_may_be_called():
    assert outbound.target_of("https://8.8.8.8:8443/hook") == outbound.Target(
        "https", "8.8.8.8", 8443, "/hook", "8.8.8.8"
    )


def test_a_name_that_nobody_has_is_told_apart_from_one_inside():
    assert refusal("https://nobody.invalid/") == "outbound.unknown_host"


def test_a_name_with_one_address_inside_is_refused_even_if_the_others_are_outside(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert refusal("https://example.org/") == "outbound.inside"


class Hook(BaseHTTPRequestHandler):
    """Answers, sends on or talks without end, as the path says; remembers what was asked."""

    asked: ClassVar[list] = []

    def do_GET(self):
        self.asked.append((self.command, self.path, dict(self.headers)))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/inside")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (3_000_000 if self.path == "/long" else 2))

    do_POST = do_GET  # noqa: N815 - the name http.server asks for

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    Hook.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_goes_to_the_address_that_was_judged_under_the_name_that_was_given(hook, monkeypatch):
    once = iter([[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]])
    real = socket.getaddrinfo
    # The name means something else a moment later: only the first answer may count.
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: next(once) if host == "localhost" else real(host, *a, **k),
    )

    answer = outbound.call(f"{hook}/hook?a=1", method="POST", body=b"{}", inside=("localhost",))

    assert (answer.status, answer.body) == (200, b"xx")
    (method, path, headers) = Hook.asked[0]
    assert (method, path) == ("POST", "/hook?a=1")
    assert headers["Host"] == hook.removeprefix("http://")


def test_no_redirect_is_followed(hook):
    assert outbound.call(f"{hook}/away", inside=("localhost",)).status == 302
    assert len(Hook.asked) == 1


def test_an_answer_without_end_is_not_read_to_its_end(hook):
    with pytest.raises(Problem) as failed:
        outbound.call(f"{hook}/long", inside=("localhost",))
    assert failed.value.code == "outbound.failed"


def test_a_proxy_of_the_environment_is_not_asked(hook, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert outbound.call(f"{hook}/", inside=("localhost",)).status == 200


def test_nothing_listening_is_a_problem_and_no_traceback():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Problem) as failed:
            outbound.call(f"http://127.0.0.1:{port}/", inside=("127.0.0.1",))
    assert failed.value.code == "outbound.failed"
