"""Archives made by earlier versions: upgraded, exported and fed, they say what they said then."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

import pytest

from crawler.cli.main import run
from storage.database.engine import open_database
from storage.export.follow import follow_changes
from storage.export.selection import Selection
from storage.web.auth.accounts import read_accounts
from storage.web.roles import Role

VERSIONS = tuple(sorted(path.name for path in Path(__file__).parent.iterdir() if path.name[0].isdigit()))

SITES = ("congdoanbackan", "laodongthudo", "cong_thong_tin_huyen", "van_phong_dbqh_hdnd", "ha_noi_quan_huyen")


def expected(version: str, name: str) -> bytes:
    """The file that `version` wrote of this archive, unpacked."""
    return lzma.decompress((Path(__file__).parent / version / f"{name}.xz").read_bytes())


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """An earlier version of the program."""
    return str(request.param)


@pytest.fixture(scope="module")
def data(version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory made by `version`, upgraded to this one."""
    directory = tmp_path_factory.mktemp("archive") / version
    with tarfile.open(Path(__file__).parent / version / "archive.tar.xz") as packed:
        packed.extractall(directory, filter="data")
    assert congdoan(directory, "db", "upgrade") == 0
    return directory


def congdoan(data: Path, *words: str) -> int:
    """The exit code of a command over an archive."""
    return run(["--data", str(data), *words])


@pytest.mark.parametrize("name", ["articles.jsonl", "articles.csv"])
def test_export_is_byte_identical(data: Path, version: str, name: str, tmp_path: Path) -> None:
    assert congdoan(data, "export", "-o", str(tmp_path / name)) == 0
    assert (tmp_path / name).read_bytes() == expected(version, name)


def test_feed_is_byte_identical(data: Path, version: str) -> None:
    engine, written = open_database(f"sqlite:///{data / 'archive.db'}"), list[bytes]()
    follow_changes(engine, Selection(), written.append, lambda _: None, lambda _: True)
    engine.dispose()
    assert b"".join(written) == expected(version, "feed.jsonl")


def test_archive_is_sound(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert congdoan(data, "db", "check") == 0
    assert congdoan(data, "verify") == 0
    assert capsys.readouterr().out.count("sound") == 2


def test_what_a_person_put_in_is_kept(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert congdoan(data, "collection", "export", "phat_trien_dang", "--owner", "root") == 0
    collection = capsys.readouterr().out
    assert "Chương 2: kết nạp từ cơ sở" in collection
    assert "so với Chợ Mới" in collection
    assert congdoan(data, "watch", "list") == 0
    assert '"an toàn lao động" -tết' in capsys.readouterr().out
    assert congdoan(data, "site", "furniture", "congdoanbackan") == 0
    corrected = next(line for line in capsys.readouterr().out.splitlines() if "e6d1ed10a673b089" in line)
    assert corrected.split()[1] == "text"
    assert read_accounts(data / "accounts.txt")["mai"].role is Role.CURATOR


def test_reading_again_changes_nothing(data: Path, version: str, tmp_path: Path) -> None:
    assert congdoan(data, "reprocess", *SITES) == 0
    assert congdoan(data, "export", "-o", str(tmp_path / "articles.jsonl")) == 0
    assert (tmp_path / "articles.jsonl").read_bytes() == expected(version, "articles.jsonl")
