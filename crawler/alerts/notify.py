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
        notify_variable = f"{PREFIX}NOTIFY_{require_target_name(target).upper()}"
        notify_url = self.environ.get(notify_variable) or self._notify_file_targets().get(target)
        if not notify_url:
            notify_remedy = f"write it into {self.file}" if self.file else "name a notify_file that has it"
            raise NotifyError(
                f"target {target}: it has no address; set {notify_variable}, or {notify_remedy}"
            )
        return notify_url

    def url_of_reader(self, name: str) -> str | None:
        """Return the Apprise URL of a reader, by sign-in name; None when there is none.

        Readers stand under [readers] in the file, so that no reader's name can be that of a target.
        """
        readers = self._notify_file_contents().get("readers")
        notify_url = readers.get(name) if isinstance(readers, dict) else None
        return notify_url if isinstance(notify_url, str) else None

    def _notify_file_targets(self) -> dict[str, str]:
        return {
            name: notify_url
            for name, notify_url in self._notify_file_contents().items()
            if isinstance(notify_url, str)
        }

    def _notify_file_contents(self) -> dict[str, Any]:
        if self.file is None:
            return {}
        try:
            notify_file_mode = self.file.stat().st_mode
            notify_file_text = self.file.read_text(encoding="utf-8")
        except OSError as error:
            raise NotifyError(f"{self.file}: {error.strerror}; mend notify_file") from error
        if notify_file_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NotifyError(f"{self.file}: others may read the addresses in it; run chmod 600 on it")
        try:
            return tomllib.loads(notify_file_text)
        except tomllib.TOMLDecodeError as error:
            toml_line = getattr(error, "lineno", None)
            line = f" in line {toml_line}" if toml_line else ""
            raise NotifyError(f"{self.file}: not valid TOML{line}; mend it") from None


def notify_target(addresses: NotifyAddresses, target: str, title: str, body: str) -> None:
    """Send a message to a target; raises NotifyError unless its service accepted the message."""
    _send_notification(addresses.url_of_target(target), f"target {target}", title, body)


def notify_reader(addresses: NotifyAddresses, name: str, title: str, body: str) -> None:
    """Send a message to a reader of the reading room; raises NotifyError."""
    _send_notification(addresses.url_of_reader(name) or "", f"reader {name}", title, body)


def _send_notification(notify_url: str, recipient: str, title: str, body: str) -> None:
    try:
        import apprise
    except ImportError as error:
        raise NotifyError("telling somebody needs the extra `notify`: pip install '.[notify]'") from error
    notify_asset = apprise.AppriseAsset(
        app_id="congdoan-archive", app_desc="congdoan-archive", secure_logging=True
    )
    notify_service = apprise.Apprise(asset=notify_asset)
    if not notify_service.add(notify_url):
        raise NotifyError(f"{recipient}: its address is none that Apprise knows; mend it")
    if not notify_service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        raise NotifyError(
            f"{recipient}: the message was not taken; look at its address and the service behind it. "
            "Nothing is lost: the next run tells it"
        )


def addresses_from_environment(file: Path | None) -> NotifyAddresses:
    """Return the addresses of this process's environment and of a private file."""
    return NotifyAddresses(os.environ, file)
