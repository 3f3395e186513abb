"""`pteah serve`, as an operator meets it: real processes, started, stopped, killed and started again."""

import base64
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from server import embedded
from server.config import read_config
from server.serving import Serving
from sync.store.connect import open_database


class Running:
    """`pteah serve` in a process of its own, ready to be asked."""

    def __init__(self, data: Path, *words: str, environment: dict[str, str] | None = None) -> None:
        self.data = data
        environment = {**os.environ, "PTEAH_LOG_LEVEL": "WARNING", **(environment or {})}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve", "--data", str(data), "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.said = self._hear_until("Ctrl-C")

    def _hear_until(self, last: str) -> str:
        said = []
        for line in self.process.stdout:
            said.append(line)
            if last in line:
                return "".join(said)
        raise AssertionError("".join(said) + self.process.stderr.read())

    @property
    def notes(self) -> dict:
        return json.loads((self.data / "first-run.json").read_text())

    def ask(self, path: str, **headers: str) -> tuple[int, bytes]:
        request = urllib.request.Request(
            f"{self.notes['url']}{path}", headers={name.replace("_", "-"): v for name, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(how)
        said, wrong = self.process.communicate(timeout=90)
        return self.process.returncode, said + wrong


def serve_in_vain(data: Path, *words: str) -> str:
    """The sentence of a start that is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "serve", "--data", str(data), *words],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One server for the tests that only look; a first start of an empty folder."""
    running = Running(tmp_path_factory.mktemp("serve") / "a data folder")
    yield running
    running.stop()


def test_the_first_start_notes_everything_in_a_file_of_its_owner(running):
    assert stat.S_IMODE((running.data / "first-run.json").stat().st_mode) == 0o600
    assert set(running.notes) == {"url", "admin", "api_token", "phone"}
    assert set(running.notes["admin"]) == {"user", "password"}
    assert set(running.notes["phone"]) == {"server_url", "qr"}


def test_the_first_start_tells_address_password_and_phone(running):
    assert running.notes["url"] in running.said
    assert running.notes["admin"]["password"] in running.said
    assert running.notes["phone"]["server_url"] in running.said
    assert "█" in running.said


def test_in_a_log_there_are_no_secrets(tmp_path):
    quiet = Running(tmp_path / "data", "--quiet")
    code, said = quiet.stop()
    assert code == 0
    assert quiet.notes["admin"]["password"] not in quiet.said + said
    assert quiet.notes["phone"]["server_url"] not in quiet.said + said
    assert "first-run.json" in quiet.said


def test_the_qr_code_sets_a_phone_to_the_server_url(running):
    settings = json.loads(zlib.decompress(base64.b64decode(running.notes["phone"]["qr"])))
    assert settings["general"]["server_url"] == running.notes["phone"]["server_url"]


def test_the_first_phone_is_offered_our_three_forms(running):
    path = running.notes["phone"]["server_url"].removeprefix(running.notes["url"])
    status, listed = running.ask(f"{path}/formList", X_OpenRosa_Version="1.0")
    assert status == 200
    assert listed.count(b"<xform>") == 3


def test_the_first_token_opens_the_api(running):
    token = running.notes["api_token"]
    assert running.ask("/api/v1/returnees", Authorization=f"Bearer {token}")[0] == 200
    assert running.ask("/api/v1/returnees", Authorization="Bearer guessed")[0] == 401


def test_it_says_that_it_is_alive_and_ready(running):
    assert running.ask("/healthz")[0] == 200
    assert running.ask("/readyz")[0] == 200


def test_a_second_server_on_the_same_folder_is_refused_with_a_sentence(running):
    said = serve_in_vain(running.data, "--port", "0")
    assert f"process {running.process.pid}" in said
    assert "--data" in said


def test_a_taken_port_is_refused_with_a_sentence_before_anything_is_made(running, tmp_path):
    port = running.notes["url"].rsplit(":", 1)[1]
    said = serve_in_vain(tmp_path / "other", "--port", port)
    assert f"Port {port}" in said
    assert "--port" in said
    assert not (tmp_path / "other").exists()


def test_a_folder_that_cannot_be_written_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    assert "--data" in serve_in_vain(tmp_path / "file" / "data", "--port", "0")


def test_a_restore_under_a_running_server_is_refused(running, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "backup", str(tmp_path / "b.zip"), "--data", str(running.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "restore", str(tmp_path / "b.zip"), "--data", str(running.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Stop it first" in done.stderr


def test_killed_stopped_and_started_again_it_is_the_same_server(tmp_path):
    data = tmp_path / "data"
    first = Running(data)
    notes = first.notes
    assert first.stop(signal.SIGKILL)[0] == -signal.SIGKILL

    second = Running(data)
    assert {**second.notes, "url": "", "phone": ""} == {**notes, "url": "", "phone": ""}
    token = notes["phone"]["server_url"].rsplit("/", 1)[1]
    assert second.notes["phone"]["server_url"] == f"{second.notes['url']}/key/{token}"
    assert notes["admin"]["password"] not in second.said
    assert second.ask(f"/key/{token}/formList", X_OpenRosa_Version="1.0")[0] == 200

    code, said = second.stop()
    assert (code, "Stopped." in said) == (0, True)
    assert "Traceback" not in said
    assert embedded.find(data) is None


def test_a_first_start_that_was_cut_off_is_continued(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    # Cut off after the password was noted and before the account was made
    (data / "first-run.json").write_text(
        json.dumps({"url": "", "admin": {"user": "admin", "password": "abcd-efgh-jkmn-pqrs"}})
    )

    running = Running(data)

    assert running.notes["admin"]["password"] == "abcd-efgh-jkmn-pqrs"
    assert running.notes["phone"]["server_url"].startswith(running.notes["url"])
    assert running.ask("/api/v1/returnees", Authorization=f"Bearer {running.notes['api_token']}")[0] == 200
    (data / "first-run.json").unlink()
    running.stop(signal.SIGINT)

    with embedded.mongodb(read_config({}, data=str(data))) as uri:
        client = open_database(uri, "pteah").client
        assert client.pteah.accounts.count_documents({}) == 1
        assert client.pteah.api_tokens.count_documents({}) == 1
        client.close()


def test_a_request_that_has_begun_is_finished_before_the_server_stops(server_that_waits):
    asked, url, stop = server_that_waits
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: pteah\r\nConnection: close\r\n\r\n")
        asked.wait(10)
        stopping = stop()
        answer = b""
        while piece := slow.recv(1000):
            answer += piece
    stopping.join()

    assert b"finished" in answer
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


@pytest.fixture
def server_that_waits(config, db):
    """A server with one more page, which answers only once the server was asked to stop."""
    asked = threading.Event()
    serving = Serving(replace(config, port=0), db)

    @serving.app.get("/slow")
    def slow() -> str:
        asked.set()
        serving.stopping.wait(10)
        return "finished"

    serving.start()

    def stop() -> threading.Thread:
        thread = threading.Thread(target=serving.stop)
        thread.start()
        return thread

    yield asked, serving.url, stop
    serving.stop()
