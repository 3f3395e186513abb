"""JavaRosa, the engine inside ODK Collect, in one JVM for the whole test session.

The jar is the one pyxform ships for ODK Validate. Our few Java files are compiled against it into a
cache folder, again only when they change.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyxform

SOURCES = Path(__file__).parent / "java"
JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
ADVICE = "JavaRosa, the engine inside ODK Collect, needs a JDK: apt-get install openjdk-17-jdk-headless"


class JavaRosaError(AssertionError):
    """What JavaRosa, or a person in front of it, could not do."""


def compiled() -> Path:
    """The folder of our compiled classes; compiles them if the sources or the jar are newer."""
    javac = shutil.which("javac")
    if not javac or not shutil.which("java"):
        raise RuntimeError(ADVICE)
    sources = sorted(SOURCES.glob("*.java"))
    mark = hashlib.sha256(str(JAR.stat().st_size).encode())
    for source in sources:
        mark.update(source.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pteah-javarosa"
    classes = cache / mark.hexdigest()[:16]
    if not classes.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own first: two test runs may start at once.
        fresh = Path(tempfile.mkdtemp(dir=cache))
        command = [
            javac,
            "-nowarn",
            "-encoding",
            "UTF-8",
            "-d",
            str(fresh),
            "-cp",
            str(JAR),
            *map(str, sources),
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            raise RuntimeError(f"javac refused tests/javarosa/java:\n{told.stderr}")
        try:
            fresh.rename(classes)
        except OSError:
            shutil.rmtree(fresh)
    return classes


class JavaRosa:
    """One JVM that opens and fills forms. Safe to use from several threads, one form at a time."""

    def __init__(self, zone: str = "Asia/Phnom_Penh") -> None:
        command = [
            shutil.which("java") or "java",
            *("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
            *(f"-Duser.timezone={zone}", "-Duser.language=en", "-Dfile.encoding=UTF-8"),
            *("-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"),
            f"{compiled()}{os.pathsep}{JAR}",
            "Client",
        ]
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the JVM
        self._jvm = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._noise, encoding="utf-8"
        )
        assert self._jvm.stdin is not None
        assert self._jvm.stdout is not None
        self._requests, self._answers = self._jvm.stdin, self._jvm.stdout
        self._turn, self._writing = threading.Lock(), threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="pteah-javarosa-"))

    def close(self) -> None:
        self._requests.close()
        self._jvm.wait(timeout=10)
        self._answers.close()
        self._noise.close()
        shutil.rmtree(self._folder)

    def describe(self, xform: bytes, media: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        """Title and languages of a form that JavaRosa can open."""
        return self._ask("describe", xform, media, {})

    def fill(
        self,
        xform: bytes,
        answers: Mapping[str, Any],
        *,
        media: Mapping[str, bytes] | None = None,
        language: str | None = None,
        now: datetime | None = None,
        metadata: Mapping[str, str] | None = None,
        values: Sequence[str] = (),
        expressions: Sequence[str] = (),
        only_what_is_listed: bool = False,
    ) -> dict[str, Any]:
        """Open a blank form, walk it with these answers (by question name) and finalise it.

        `answers`: text, a number, a list for a select multiple; for a repeat a list of such maps. A choice
        is named by its name or, as a person sees it, its label. The result has
            xml       the submission, absent if the form could not be finalised
            blocked   {path, why} in that case
            shown     every question, note and group seen, in order: path, name, kind, label, hint, choices
            refused   answers a constraint refused: name, why, message
            unasked   names in `answers` that nobody was asked for
            values, expressions   what `values` (question names) and `expressions` (XPath) gave at the end
        A choice that is not offered is an error, or with `only_what_is_listed` passed over.
        """
        return self._ask(
            "fill",
            xform,
            media,
            {
                "answers": dict(answers),
                "language": language,
                "now_ms": round(now.timestamp() * 1000) if now else None,
                "metadata": dict(metadata or {}),
                "values": list(values),
                "expressions": list(expressions),
                "only_what_is_listed": only_what_is_listed,
            },
        )

    def encrypt(
        self,
        record: bytes,
        files: Mapping[str, bytes],
        public_key: str,
        *,
        form: tuple[str, str],
        instance_id: str,
    ) -> tuple[bytes, dict[str, bytes]]:
        """The envelope of a finalised record and its encrypted files, made as Collect makes them, in Java."""
        told = self._told(
            {
                "do": "encrypt",
                "xml": record.decode(),
                "files": [
                    {"name": name, "content": base64.b64encode(content).decode()}
                    for name, content in files.items()
                ],
                "public_key": public_key,
                "form_id": form[0],
                "version": form[1],
                "instance_id": instance_id,
            }
        )
        made = {file["name"]: base64.b64decode(file["content"]) for file in told["files"]}
        return told["xml"].encode(), made

    def _ask(
        self, do: str, xform: bytes, media: Mapping[str, bytes] | None, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        with self._writing:
            folder = self._folder_of(xform, media or {})
        return self._told(
            {"do": do, "xform": str(folder / "form.xml"), "media": str(folder / "media"), **more}
        )

    def _told(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the JVM says to this request."""
        with self._turn:
            self._requests.write(json.dumps(request, ensure_ascii=False) + "\n")
            self._requests.flush()
            line = self._answers.readline()
        if not line:
            self._noise.seek(0)
            raise RuntimeError(f"the JVM ended: {self._noise.read().decode(errors='replace')[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise JavaRosaError(f"{answer['error']}\n{answer.get('trace', '')}")
        result: dict[str, Any] = answer["ok"]
        return result

    def _folder_of(self, xform: bytes, media: Mapping[str, bytes]) -> Path:
        """The form and its media as files, written once for the same content."""
        mark = hashlib.sha256(xform)
        for name in sorted(media):
            mark.update(name.encode() + b"\0" + hashlib.sha256(media[name]).digest())
        folder = self._folder / mark.hexdigest()[:24]
        if not folder.exists():
            (folder / "media").mkdir(parents=True)
            (folder / "form.xml").write_bytes(xform)
            for name, content in media.items():
                (folder / "media" / Path(name).name).write_bytes(content)
        return folder
