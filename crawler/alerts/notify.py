"""Send notifications with Apprise, to addresses from the environment or a private file."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.config import PREFIX

TARGET_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class NotifyError(Exception):
    """A message cannot be sent: names the target, never its address, and what to do."""


def require_target_name(target: str) -> str:
    """Return a valid target name; raises NotifyError, above all for an address given as a name."""
    if not TARGET_NAME.fullmatch(target):
        raise NotifyError(
            "a target is a name of small letters, digits and _; its address goes into the variable "
            f"{PREFIX}NOTIFY_NAME, or into the file that notify_file names"
        )
    return target


@dataclass(frozen=True)
class NotifyAddresses:
    """Looks up the addresses of targets, each time anew, so that none stays in memory longer than needed."""

    environ: Mapping[str, str]
    file: Path | None = None

    def url_of_target(self, target: str) -> str:
        """Return the Apprise URL of a target; raises NotifyError."""
        variable = f"{PREFIX}NOTIFY_{require_target_name(target).upper()}"
        url = self.environ.get(variable) or self._file_targets().get(target)
        if not url:
            remedy = f"write it into {self.file}" if self.file else "name a notify_file that has it"
            raise NotifyError(f"target {target}: it has no address; set {variable}, or {remedy}")
        return url

    def url_of_reader(self, name: str) -> str | None:
        """Return the Apprise URL of a reader, by sign-in name; None when there is none.

        Readers stand under [readers] in the file, so that no reader's name can be that of a target.
        """
        readers = self._file_contents().get("readers")
        url = readers.get(name) if isinstance(readers, dict) else None
        return url if isinstance(url, str) else None

    def _file_targets(self) -> dict[str, str]:
        return {name: url for name, url in self._file_contents().items() if isinstance(url, str)}

    def _file_contents(self) -> dict[str, Any]:
        if self.file is None:
            return {}
        try:
            mode = self.file.stat().st_mode
            text = self.file.read_text(encoding="utf-8")
        except OSError as error:
            raise NotifyError(f"{self.file}: {error.strerror}; mend notify_file") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NotifyError(f"{self.file}: others may read the addresses in it; run chmod 600 on it")
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            where = getattr(error, "lineno", None)
            line = f" in line {where}" if where else ""
            raise NotifyError(f"{self.file}: not valid TOML{line}; mend it") from None


def notify_target(addresses: NotifyAddresses, target: str, title: str, body: str) -> None:
    """Send a message to a target; raises NotifyError unless its service accepted the message."""
    _send(addresses.url_of_target(target), f"target {target}", title, body)


def notify_reader(addresses: NotifyAddresses, name: str, title: str, body: str) -> None:
    """Send a message to a reader of the reading room; raises NotifyError."""
    _send(addresses.url_of_reader(name) or "", f"reader {name}", title, body)


def _send(address: str, recipient: str, title: str, body: str) -> None:
    try:
        import apprise
    except ImportError as error:
        raise NotifyError("telling somebody needs the extra `notify`: pip install '.[notify]'") from error
    asset = apprise.AppriseAsset(app_id="congdoan-archive", app_desc="congdoan-archive", secure_logging=True)
    service = apprise.Apprise(asset=asset)
    if not service.add(address):
        raise NotifyError(f"{recipient}: its address is none that Apprise knows; mend it")
    if not service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        raise NotifyError(
            f"{recipient}: the message was not taken; look at its address and the service behind it. "
            "Nothing is lost: the next run tells it"
        )


def addresses_from_environment(file: Path | None) -> NotifyAddresses:
    """Return the addresses of this process's environment and of a private file."""
    return NotifyAddresses(os.environ, file)
