from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.settings import Settings
from iscbridge.platform.machine import machine_folder, machine_policy
from iscbridge.platform.settings import read_settings
from iscbridge.service.licensing.policies import policy_folders

PASSWORD = "correct-horse"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_no_file_means_defaults(path: Path) -> None:
    assert read_settings(path, {}) == (Settings(), [])


def test_what_the_file_says_counts(path: Path) -> None:
    path.write_text('# mine\n[secrets]\nstore = "file"\n\n[network]\nproxy = "http://proxy.example:3128"\n', "utf-8")
    found, told = read_settings(path, {})
    assert told == []
    assert (found.secrets_store, found.network_proxy) == ("file", "http://proxy.example:3128")


def test_notepads_mark_and_line_ends_do_no_harm(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf[secrets]\r\nstore = "file"\r\n')
    assert read_settings(path, {})[0].secrets_store == "file"


def test_variables_of_the_process_count(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISCBRIDGE_SECRETS_STORE", "file")
    assert read_settings(path)[0].secrets_store == "file"
    assert read_settings(path, {})[0].secrets_store == "auto"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"[secrets]\nstore = file\n", "2"),
        (b'[secrets]\n\n\nstore = "file\n', "4"),
        (b"[secrets", "1"),
        (b'[secrets]\nstore = "file"\nstore = "auto"\n', "3"),
        (b"a = 1\nb = \xff\n", "2"),
        (b"x = [\n1,\n2,\n", "4"),
        (b"x = " + b"[" * 100_000, "?"),
        (b"# " + b"x" * 2_000_000, "?"),
        (b"[network]\nproxy = http://user:correct-horse@proxy\n", "2"),
        (b'[network]\nproxy = "http://user:correct-horse@proxy\\q"\n', "2"),
    ],
)
def test_a_broken_file_means_defaults_and_the_line_is_told(path: Path, data: bytes, line: str) -> None:
    path.write_bytes(data)
    found, told = read_settings(path, {})
    assert found == Settings()
    assert [(info.code, info.params) for info in told] == [("ISCB-SET-FILE", {"path": str(path), "line": line})]
    assert PASSWORD not in repr(told)
    assert path.read_bytes() == data


def test_a_file_that_can_not_be_read_means_defaults_and_is_told(path: Path) -> None:
    path.mkdir()
    found, told = read_settings(path, {"ISCBRIDGE_SECRETS_STORE": "file"})
    assert found.secrets_store == "file"
    assert [info.code for info in told] == ["ISCB-SET-UNREADABLE"]


def test_one_wrong_value_leaves_the_others(path: Path) -> None:
    path.write_text('secrets.store = "paper"\nnetwork.proxy = "none"\nlater = 1\n', "utf-8")
    found, told = read_settings(path, {})
    assert (found.secrets_store, found.network_proxy) == ("auto", "none")
    assert [info.code for info in told] == ["ISCB-SET-VALUE", "ISCB-SET-UNKNOWN"]


@given(data=st.binary(max_size=200) | st.text("[]\"'=.#\nabs \\u0{}", max_size=60).map(lambda text: text.encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_do_harm(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    found, told = read_settings(path, {})
    assert isinstance(found, Settings)
    assert {info.code for info in told} <= {"ISCB-SET-FILE", "ISCB-SET-VALUE", "ISCB-SET-UNKNOWN"}


def test_a_policy_file_sets_and_locks(path: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[set]\nnetwork.proxy = "none"\nsecrets.store = "file"\n[lock]\nkeys = ["network.proxy"]\n')
    path.write_text('[network]\nproxy = "http://mine:1"\n[secrets]\nstore = "keyring"\n')
    environ = {"ISCBRIDGE_NETWORK_PROXY": "http://mine:2"}
    found, told = read_settings(path, environ, policy=policy)
    assert told == []
    assert (found.network_proxy, found.secrets_store) == ("none", "keyring")
    path.unlink()
    assert read_settings(path, environ, policy=policy)[0].secrets_store == "file"


@pytest.mark.parametrize(
    "data", [b"[set\n", b"[network]\nproxy = http://user:correct-horse@proxy\n", b"\xff", b"[set]\nset = 1\n"]
)
def test_a_policy_that_can_not_be_used_is_told_and_locks_nothing(path: Path, tmp_path: Path, data: bytes) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_bytes(data)
    path.write_text('[network]\nproxy = "none"\n')
    found, told = read_settings(path, {}, policy=policy)
    assert found.network_proxy == "none"
    assert [(info.code, info.params["path"]) for info in told] == [("ISCB-SET-MACHINE", str(policy))]
    assert PASSWORD not in repr(told)


def test_a_policy_that_can_not_be_read_is_told(path: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").mkdir()
    found, told = read_settings(path, {}, policy=tmp_path / "policy.toml")
    assert found == Settings()
    assert [info.code for info in told] == ["ISCB-SET-MACHINE"]


@given(
    data=st.binary(max_size=200) | st.text("[]\"'=.#\nset lock keys{},", max_size=60).map(lambda text: text.encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_of_a_policy_do_harm(path: Path, data: bytes) -> None:
    policy = path.with_name("policy.toml")
    policy.write_bytes(data)
    found, told = read_settings(path, {}, policy=policy)
    assert isinstance(found, Settings)
    assert {info.code for info in told} <= {"ISCB-SET-MACHINE", "ISCB-SET-MACHINE-VALUE"}


def test_the_machines_folder_is_one_for_all_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = machine_folder()
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert machine_folder() == before
    assert machine_policy() == before / "policy.toml"
    assert policy_folders(tmp_path)[0] == before / "products"
    assert before.is_absolute()
    assert before.name == "ISCBridge"


def test_a_file_that_is_just_being_replaced_is_read_a_moment_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text('[secrets]\nstore = "file"\n')
    refused: list[int] = []

    def refuse(*arguments: Any, **named: Any) -> Any:
        if len(refused) < 2:
            refused.append(1)
            raise PermissionError(errno.EACCES, "Permission denied")
        return open(*arguments, **named)

    monkeypatch.setattr("iscbridge.platform.durable._REFUSED", (errno.EACCES,))  # as on Windows
    monkeypatch.setattr("iscbridge.platform.settings.open", refuse, raising=False)
    assert read_settings(path, {}, policy=path.with_name("none"))[0].secrets_store == "file"
    assert len(refused) == 2
