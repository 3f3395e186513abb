"""One message to one person: by mail, SMS or Telegram, through Apprise.

People choose a channel and write an address or a number; the way there (mail server, SMS provider, bot) is
the operator's alone, so that nobody can make this server call a place of their own choice. The text is the
same for everybody: a case code and where to read more.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from server.config import Config
from sync.core.problem import Problem
from sync.store.addresses import Address, Channel

PATTERNS: Mapping[Channel, re.Pattern[str]] = {
    "mail": re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    "sms": re.compile(r"\+[0-9]{8,15}"),
    "telegram": re.compile(r"-?[0-9]{5,20}"),
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    "alert": {
        "en": "Case {case_code} waits for you. Please open Pteah.",
        "km": "ករណី {case_code} រង់ចាំអ្នក។ សូមបើក Pteah។",
    },
    "digest": {
        "en": "Cases that wait for you today: {count}. Please open Pteah.",
        "km": "ករណីដែលរង់ចាំអ្នកថ្ងៃនេះ៖ {count}។ សូមបើក Pteah។",
    },
    "missing": {
        "en": "Files or records that did not arrive from phones: {count}. Please open Pteah.",
        "km": "ឯកសារ ឬកំណត់ត្រាដែលមិនទាន់មកដល់ពីទូរសព្ទ៖ {count}។ សូមបើក Pteah។",
    },
    "test": {
        "en": "This is a test. Messages from Pteah reach you here.",
        "km": "នេះជាការសាកល្បង។ សារពី Pteah មកដល់អ្នកនៅទីនេះ។",
    },
}


def channels(config: Config) -> list[Channel]:
    """The ways that the operator has opened."""
    return [channel for channel, url in _ways(config).items() if url]


def checked(config: Config, channel: str, to: str) -> tuple[Channel, str]:
    """The channel and the address as they may be kept.

    Raises Problem message.channel_unknown, message.address_invalid.
    """
    known = next((one for one in channels(config) if one == channel), None)
    if known is None:
        raise Problem("message.channel_unknown")
    to = re.sub(r"[\s()-]", "", to) if known == "sms" else to.strip()
    if not PATTERNS[known].fullmatch(to):
        raise Problem("message.address_invalid")
    return known, to


def text_of(kind: str, language: str, **about: object) -> str:
    """The words of a message."""
    words = TEXTS[kind]
    return words.get(language, words["en"]).format(**about)


def send(config: Config, address: Address, text: str) -> None:
    """Send this text there. Raises Problem message.not_sent."""
    # Loading all of Apprise takes half a second and memory: only where something is sent.
    import apprise  # noqa: PLC0415

    way = apprise.Apprise()
    if not way.add(url_to(config, address)) or not way.notify(body=text, title="Pteah"):
        raise Problem("message.not_sent")


def url_to(config: Config, address: Address) -> str:
    """The operator's way with this address at its end, as Apprise reads it."""
    if address.channel is None or not _ways(config)[address.channel]:
        raise Problem("message.not_sent")
    way, to = _ways(config)[address.channel], quote(address.to, safe="")
    if address.channel == "mail":
        return f"{way}{'&' if '?' in way else '?'}to={to}"
    base, mark, options = way.partition("?")
    return f"{base.rstrip('/')}/{to}{mark}{options}"


def _ways(config: Config) -> dict[Channel, str]:
    return {"mail": config.mail_url, "sms": config.sms_url, "telegram": config.telegram_url}
