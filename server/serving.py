"""One server: the web application in waitress, and a worker beside it (`server.apart`) or in a thread."""

import resource
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import structlog
import waitress
from flask import Flask
from waitress import wasyncore

from server import apart, logs
from server.app import create_app
from server.channel import Channel
from server.config import Config
from server.messages import loop as messages
from server.workbench import Bench
from sync import worker
from sync.core.problem import Problem
from sync.store.connect import Db

FINISH_SECONDS = 30
MOST_CONNECTIONS = 5_000

log = structlog.get_logger("pteah.server")


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that has this port; nothing can connect before the server is ready.

    Raises Problem server.port_taken, server.port_refused
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except PermissionError:
        taken.close()
        raise Problem("server.port_refused", port=port) from None
    except (OSError, OverflowError):
        taken.close()
        raise Problem("server.port_taken", host=host, port=port) from None
    return taken


def url_of(listening: socket.socket) -> str:
    """Where this machine finds what listens there."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _most_connections() -> int:
    """How many phones may be connected; most of them are silent. The system's limit of open files decides."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 2 * MOST_CONNECTIONS) if hard != resource.RLIM_INFINITY else 2 * MOST_CONNECTIONS
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return min(MOST_CONNECTIONS, max(100, soft // 2))


def _waitress(app: Flask, config: Config, listening: socket.socket, map_: dict[int, Any]) -> Any:
    server = waitress.create_server(
        app,
        map=map_,
        sockets=[listening],
        threads=config.threads,
        backlog=1024,
        connection_limit=_most_connections(),
        asyncore_use_poll=True,
        ident=None,
        # More than the app takes, so that it and not waitress tells a phone that this is too much.
        max_request_body_size=max(512_000_000, 2 * config.max_submission_bytes),
        # server.app believes as many proxies as the operator says, and must see what they wrote.
        clear_untrusted_proxy_headers=False,
    )
    server.channel_class = Channel
    return server


class Serving:
    """A running server; stops in good order at the end of its `with` block.

    `worker_apart`: its worker has a process of its own, which needs a second processor to be of use.
    """

    def __init__(
        self,
        config: Config,
        db: Db,
        *,
        listening: socket.socket | None = None,
        worker_apart: bool = False,
    ) -> None:
        self.config, self.db, self._worker_apart = config, db, worker_apart
        self.wake = threading.Event()
        self.stopping = threading.Event()
        self._socket = listening or listen_on(config.host, config.port)
        self._map: dict[int, Any] = {}
        self.app = create_app(config, db, wake=self.wake.set)
        logs.install(self.app)
        try:
            self._server = _waitress(self.app, config, self._socket, self._map)
        except OSError:  # two servers that start together both get the port; one gets to listen
            raise Problem("server.port_taken", host=config.host, port=config.port) from None
        self._threads = [
            threading.Thread(target=self._serve, name="http", daemon=True),
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(
                target=messages.run, args=(config, db, self.stopping), name="messages", daemon=True
            ),
            threading.Thread(target=Bench(config, db, self.stopping).run, name="workbench", daemon=True),
        ]

    @property
    def url(self) -> str:
        """Where this machine finds the server, whatever the world calls it."""
        return url_of(self._socket)

    def start(self) -> None:
        """Begin to answer and to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more requests, finish those that are here, then let the worker finish its submission."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        with suppress(OSError):  # it may have woken by itself, and be through
            self._server.pull_trigger()
        self._threads[0].join(FINISH_SECONDS + 10)
        self.wake.set()
        self._threads[1].join(apart.FINISH_SECONDS + 10)
        if self._threads[1].is_alive():
            log.warning("worker.slow", next="its submission is taken up again at the next start")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            wasyncore.loop(timeout=1, map=self._map, use_poll=True, count=1)
        wasyncore.dispatcher.close(self._server)  # nobody new; its trigger still wakes this loop
        deadline = time.monotonic() + FINISH_SECONDS
        while self._is_answering() and time.monotonic() < deadline:
            wasyncore.loop(timeout=0.1, map=self._map, use_poll=True, count=1)
        self._server.task_dispatcher.shutdown()
        self._server.trigger.close()
        wasyncore.close_all(self._map)

    def _is_answering(self) -> bool:
        """Whether a request that came in whole still waits for its answer, or the answer is under way."""
        return any(
            channel.requests or channel.total_outbufs_len
            for channel in list(self._server.active_channels.values())
        )

    def _work(self) -> None:
        phones = self.app.extensions["pteah.phones"]
        while not self.stopping.is_set():
            try:
                if self._worker_apart:
                    apart.work(self.config, self.stopping, self.wake)
                    self.stopping.wait(1)  # should it end by itself, then not in a whirl
                else:
                    worker.run(self.db, self.stopping, self.wake, phones.crowd.let_pass)
            except Exception:
                log.exception("worker.ended", next="starting it again")
                self.stopping.wait(1)
