"""Accounts file: names, roles and argon2 password hashes; reads, writes and verifies them."""

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

from storage.web.roles import Role

ACCOUNT_NAME = re.compile(r"[\w.@+-]{1,64}")
MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 1024
MAX_CONCURRENT_HASHES = 2  # each takes 64 MiB for a moment
FILE_HEADER = "# name:role:hash; made by `congdoan account`\n"


class AccountError(Exception):
    """An accounts file, name or password that cannot be used; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """One user who may sign in."""

    name: str
    role: Role
    hash: str  # as argon2-cffi writes it, with its parameters and salt

    @property
    def session_mark(self) -> str:
        """Digest of the hash: a session holds it, so that a changed password ends the session."""
        return hashlib.sha256(self.hash.encode()).hexdigest()[:16]


class Accounts:
    """Accounts of a file, which is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hasher = PasswordHasher()
        self._unmatched_hash = self._hasher.hash("nobody has this password")
        self._hash_slots = BoundedSemaphore(MAX_CONCURRENT_HASHES)
        self._lock = Lock()
        self._loaded: tuple[tuple[int, int], Mapping[str, Account]] | None = None

    def get(self, name: str) -> Account | None:
        """Return the account of a name, or None. Raises AccountError when the file cannot be used."""
        file_stat = _stat(self._path)
        stamp = file_stat.st_mtime_ns, file_stat.st_size
        with self._lock:
            if self._loaded is None or self._loaded[0] != stamp:
                self._loaded = stamp, read_accounts(self._path)
            return self._loaded[1].get(name)

    def verify(self, name: str, password: str) -> Account | None:
        """Return the account when the password is right, else None; takes as long for an unknown name."""
        account = self.get(name)
        with self._hash_slots:
            try:
                self._hasher.verify(account.hash if account else self._unmatched_hash, _normalised(password))
            except (VerificationError, InvalidHashError):
                return None
        return account


def read_accounts(path: Path) -> dict[str, Account]:
    """Return the accounts of a file by name. Raises AccountError naming the file and the line."""
    if _stat(path).st_mode & 0o077:
        raise AccountError(f"{path}: others may read it; chmod 600 {path}")
    accounts: dict[str, Account] = {}
    for line_number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        role, _, password_hash = rest.partition(":")
        if (
            not ACCOUNT_NAME.fullmatch(name)
            or role.upper() not in Role.__members__
            or not password_hash.startswith("$argon2")
        ):
            raise AccountError(f"{path}:{line_number}: not name:role:hash; make it with `congdoan account`")
        accounts[name] = Account(name, Role[role.upper()], password_hash)
    return accounts


def put_account(path: Path, name: str, role: Role, password: str) -> None:
    """Add an account to the file, or change its role and password. Raises AccountError."""
    if not ACCOUNT_NAME.fullmatch(name):
        raise AccountError(f"{name}: at most 64 letters, digits and . @ + - _")
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise AccountError(f"a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")
    accounts = read_accounts(path) if path.exists() else {}
    _write(path, {**accounts, name: Account(name, role, PasswordHasher().hash(_normalised(password)))})


def remove_account(path: Path, name: str) -> None:
    """Remove an account from the file. Raises AccountError when it has none of that name."""
    accounts = read_accounts(path)
    if accounts.pop(name, None) is None:
        raise AccountError(f"{path}: there is no account {name}")
    _write(path, accounts)


def _write(path: Path, accounts: Mapping[str, Account]) -> None:
    lines = [f"{account.name}:{account.role.name.lower()}:{account.hash}\n" for account in accounts.values()]
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(FILE_HEADER + "".join(lines))  # made with mode 600
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise AccountError(f"{path}: {error.strerror}; make it with `congdoan account`") from error


def _normalised(password: str) -> str:
    """Return the password in Unicode form NFC (RFC 8265): keyboards type Vietnamese letters in two ways."""
    return unicodedata.normalize("NFC", password[:MAX_PASSWORD_CHARS])
