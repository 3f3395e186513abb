"""What the operator decides, read once from the environment; see deploy/env.example for every variable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The sign-in of an organisation (OpenID Connect)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    """What people call it: the word on the button."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The operator's decisions. Nothing else reads the environment."""

    data: Path
    """Data folder: the embedded MongoDB, first-run.json, secrets (mode 0700)."""
    mongodb_uri: str = field(default="", repr=False)
    """Empty: the embedded mongod in the data folder."""
    database: str = "pteah"
    mongod: str = ""
    """The program to run as embedded MongoDB; empty: looked for on PATH, then in the `embedded` extra."""
    mongod_cache_gb: float = 0.25
    """Memory for the embedded MongoDB's cache, in GB; 0.25 is the least it takes."""
    master_key: str = field(default="", repr=False)
    """The master key itself, base64 of 96 bytes; empty: in a file."""
    master_key_file: str = ""
    """Empty: master.key in the data folder."""
    kms: str = field(default="", repr=False)
    """A key service in place of a file: JSON of `provider`, `key` and `credentials`, in MongoDB's words."""
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """Scheme and host that phones and people use, no trailing slash; empty: taken from the request."""
    trusted_proxies: int = 0
    """How many reverse proxies stand in front and set X-Forwarded-*; 0: those headers are not believed."""
    threads: int = 16
    max_submission_bytes: int = 100_000_000
    second_step_days: int = 3
    """How long after the first sign-in a password alone still does; 0: not at all."""
    oidc: Oidc | None = None
    """Empty: people sign in with a password only."""
    metrics_token: str = field(default="", repr=False)
    """Empty: /metrics answers to loopback only."""
    log_level: str = "INFO"
    mail_url: str = field(default="", repr=False)
    """The way for e-mail as Apprise writes it, without the receiver; empty: no e-mail. Likewise:"""
    sms_url: str = field(default="", repr=False)
    telegram_url: str = field(default="", repr=False)
    missing_after_hours: int = 48
    """[proposal] So long a file or a record may be on its way before the coordinators are told; they can set
    it otherwise."""
    outbound_inside: tuple[str, ...] = ()
    """Hosts in this network that webhooks may call; all others must lie outside."""


def read_config(environ: Mapping[str, str], *, data: str | None = None, port: int | None = None) -> Config:
    """The configuration these environment variables give; the command line's words win."""
    return Config(
        data=Path(data or environ.get("PTEAH_DATA") or "data").expanduser().absolute(),
        mongodb_uri=environ.get("PTEAH_MONGODB_URI", ""),
        database=environ.get("PTEAH_DATABASE", "pteah"),
        mongod=environ.get("PTEAH_MONGOD", ""),
        mongod_cache_gb=float(environ.get("PTEAH_MONGOD_CACHE_GB", "0.25")),
        master_key=environ.get("PTEAH_MASTER_KEY", ""),
        master_key_file=environ.get("PTEAH_MASTER_KEY_FILE", ""),
        kms=environ.get("PTEAH_KMS", ""),
        host=environ.get("PTEAH_HOST", "127.0.0.1"),
        port=port or int(environ.get("PTEAH_PORT", "8080")),
        public_url=environ.get("PTEAH_PUBLIC_URL", "").rstrip("/"),
        trusted_proxies=int(environ.get("PTEAH_TRUSTED_PROXIES", "0")),
        threads=int(environ.get("PTEAH_THREADS", "16")),
        max_submission_bytes=int(environ.get("PTEAH_MAX_SUBMISSION_BYTES", "100000000")),
        second_step_days=int(environ.get("PTEAH_SECOND_STEP_DAYS", "3")),
        oidc=_oidc(environ),
        metrics_token=environ.get("PTEAH_METRICS_TOKEN", ""),
        log_level=environ.get("PTEAH_LOG_LEVEL", "INFO"),
        mail_url=environ.get("PTEAH_MAIL_URL", ""),
        sms_url=environ.get("PTEAH_SMS_URL", ""),
        telegram_url=environ.get("PTEAH_TELEGRAM_URL", ""),
        missing_after_hours=int(environ.get("PTEAH_MISSING_AFTER_HOURS", "48")),
        outbound_inside=tuple(environ.get("PTEAH_OUTBOUND_INSIDE", "").split()),
    )


def _oidc(environ: Mapping[str, str]) -> Oidc | None:
    issuer = environ.get("PTEAH_OIDC_ISSUER", "")
    if not issuer:
        return None
    return Oidc(
        issuer=issuer,
        client_id=environ.get("PTEAH_OIDC_CLIENT_ID", ""),
        client_secret=environ.get("PTEAH_OIDC_CLIENT_SECRET", ""),
        name=environ.get("PTEAH_OIDC_NAME", "OpenID Connect"),
    )
