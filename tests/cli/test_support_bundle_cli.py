"""`iscbridge support-bundle`: shows first, asks, writes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from iscbridge.cli import exit_codes


def test_the_list_writes_nothing(run, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    done = run("support-bundle", "--list", "--out", str(tmp_path / "a.zip"))
    assert done.returncode == exit_codes.DONE
    assert "settings.json" in done.stdout
    assert "doctor.json" in done.stdout
    assert not (tmp_path / "a.zip").exists()


def test_without_anybody_to_ask_nothing_is_written(run, home: Path, tmp_path: Path) -> None:
    done = run("support-bundle", "--out", str(tmp_path / "a.zip"))
    assert done.returncode == exit_codes.USAGE
    assert "--yes" in done.stderr
    assert not (tmp_path / "a.zip").exists()


def test_yes_writes_what_was_listed(run, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    done = run("support-bundle", "--yes", "--json", "--shorten-paths", "--out", str(target), language="zh")
    assert done.returncode == exit_codes.DONE, done.stderr
    *listed, last = [json.loads(line) for line in done.stdout.splitlines()]
    with zipfile.ZipFile(target) as archive:
        assert [info.filename for info in archive.infolist()] == [one["name"] for one in listed]
        assert [info.file_size for info in archive.infolist()] == [one["size"] for one in listed]
        assert "支持信息包" in archive.read("contents.txt").decode()
        assert home.name not in archive.read("settings.json").decode()
    assert last == {"written": str(target), "size": target.stat().st_size}


def test_one_of_its_files_can_be_looked_at(run, home: Path) -> None:
    done = run("support-bundle", "--show", "versions.json")
    assert '"iscbridge"' in done.stdout
    missing = run("support-bundle", "--show", "nothing.json")
    assert missing.returncode == exit_codes.FAILED
    assert "nothing.json" in missing.stderr
