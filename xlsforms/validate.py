"""ODK Validate, the field's own judge of XForms: it opens a form with the engine ODK Collect uses."""

import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from xlsforms.findings import Finding
from xlsforms.survey import Survey

JAVA_FLAGS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
"""One form and out: quick to start matters more than quick in the long run."""
TIME_LIMIT_SECONDS = 60

# A Java object's address differs from run to run.
_NOISE = re.compile(r",? ?Bad node: \S+|^:\s*|^Error evaluating field .*?: (?=The problem)")
_ABOUT = re.compile(
    r"(?P<what>condition|display condition|calculate|calculation|constraint|validation)\b"
    r"[^$]*\$\{(?P<name>[^}]+)\}",
    re.IGNORECASE,
)
_COLUMNS = {
    "condition": "relevant",
    "display": "relevant",
    "calculate": "calculation",
    "calculation": "calculation",
    "constraint": "constraint",
    "validation": "constraint",
}

NO_JAVA = Finding(
    "",
    None,
    "",
    "ODK Validate did not run: there is no Java on this machine.",
    "The other checks ran. For this one type: sudo apt-get install default-jre-headless",
    "warning",
)
CUT_SHORT = Finding(
    "",
    None,
    "",
    f"ODK Validate did not come to an end within {TIME_LIMIT_SECONDS} seconds.",
    "Try again when the machine has less to do; the other checks ran.",
    "warning",
)


def find_java() -> str | None:
    """Where Java is, or None."""
    return shutil.which("java")


@lru_cache(maxsize=32)
def run_odk_validate(xform: bytes, *, java: str, jar: str) -> tuple[int | None, str]:
    """Exit code (None: it was cut short) and what it wrote about this XForm, without temporary paths.

    The same form gives the same answer, so that it is asked once.
    """
    with tempfile.TemporaryDirectory(prefix="form-") as folder:
        path = Path(folder) / "form.xml"
        path.write_bytes(xform)
        command = [java, *JAVA_FLAGS, "-jar", jar, str(path)]
        try:
            done = subprocess.run(  # noqa: S603 - our own words only, no shell
                command,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=TIME_LIMIT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None, ""
        said = done.stderr.decode("utf-8", errors="replace")
        return (done.returncode if done.returncode >= 0 else None), said.replace(f"{folder}/", "")


def sentences_of(said: str) -> str:
    """What matters in ODK Validate's words, each sentence once."""
    found = []
    for line in said.partition("The following files failed")[0].splitlines():
        text = _NOISE.sub("", line).strip()
        if text and not text.startswith((">>", "Caused by", "...", "Validating")):
            found.append(text)
    return " ".join(dict.fromkeys(found))


def place_of(said: str, survey: Survey) -> tuple[int | None, str]:
    """The row and column of the survey sheet that a sentence of ODK Validate speaks of."""
    match = _ABOUT.search(said)
    question = survey.by_name.get(match["name"]) if match else None
    if match is None or question is None:
        return None, ""
    return question.row.number, _COLUMNS.get(match["what"].lower().split()[0], "")
