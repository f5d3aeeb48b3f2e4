"""Accounts: a file of names, roles and argon2 hashes, as argon2-cffi makes and verifies them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.web.auth.roles import Role

NAME = re.compile(r"[\w.@+-]{1,64}")
SHORTEST = 12  # characters of a password
LONGEST = 1024
AT_ONCE = 2  # verifications: each takes 64 MiB for a moment
HEAD = "# name:role:hash; made by `congdoan account`\n"


class AccountError(Exception):
    """A file of accounts, a name or a password that cannot be used: says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may sign in."""

    name: str
    role: Role
    hash: str  # as argon2-cffi writes it, with its parameters and salt

    @property
    def mark(self) -> str:
        """What a session is bound to: another one when the password is changed."""
        return hashlib.sha256(self.hash.encode()).hexdigest()[:16]


class Accounts:
    """The accounts of a file, read anew when it was changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self._places = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._read: tuple[tuple[int, int], Mapping[str, Account]] | None = None

    def get(self, name: str) -> Account | None:
        """The account of a name. Raises AccountError when the file cannot be used."""
        told = _stat(self._path)
        stamp = told.st_mtime_ns, told.st_size
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, read(self._path)
            return self._read[1].get(name)

    def verify(self, name: str, password: str) -> Account | None:
        """The account, when the password is its own; takes as long where there is no such account."""
        account = self.get(name)
        with self._places:
            try:
                self._hasher.verify(account.hash if account else self._nobody, _plain(password))
            except (VerificationError, InvalidHashError):
                return None
        return account


def read(path: Path) -> dict[str, Account]:
    """The accounts of a file by name. Raises AccountError naming the file and the line."""
    if _stat(path).st_mode & 0o077:
        raise AccountError(f"{path}: others may read it; chmod 600 {path}")
    found: dict[str, Account] = {}
    for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        role, _, hashed = rest.partition(":")
        if (
            not NAME.fullmatch(name)
            or role.upper() not in Role.__members__
            or not hashed.startswith("$argon2")
        ):
            raise AccountError(f"{path}:{at}: not name:role:hash; make it with `congdoan account`")
        found[name] = Account(name, Role[role.upper()], hashed)
    return found


def put(path: Path, name: str, role: Role, password: str) -> None:
    """Add an account or change it. Raises AccountError."""
    if not NAME.fullmatch(name):
        raise AccountError(f"{name}: at most 64 letters, digits and . @ + - _")
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(f"a password has {SHORTEST} to {LONGEST} characters")
    found = read(path) if path.exists() else {}
    _write(path, {**found, name: Account(name, role, PasswordHasher().hash(_plain(password)))})


def remove(path: Path, name: str) -> None:
    """Take an account out. Raises AccountError when there is none."""
    found = read(path)
    if found.pop(name, None) is None:
        raise AccountError(f"{path}: there is no account {name}")
    _write(path, found)


def _write(path: Path, accounts: Mapping[str, Account]) -> None:
    lines = [f"{each.name}:{each.role.name.lower()}:{each.hash}\n" for each in accounts.values()]
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(HEAD + "".join(lines))  # made with mode 600
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise AccountError(f"{path}: {error.strerror}; make it with `congdoan account`") from error


def _plain(password: str) -> str:
    """One spelling for all keyboards (RFC 8265): Vietnamese letters come composed and in parts."""
    return unicodedata.normalize("NFC", password[:LONGEST])
