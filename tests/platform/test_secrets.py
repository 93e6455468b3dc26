from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import SecretError
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import CHOICES, SecretStore, open_secrets, secrets_file
from iscbridge.platform.secrets_file import FileStore
from iscbridge.platform.secrets_keyring import WINDOWS_LIMIT, KeyringStore, Line, find_backend
from iscbridge.texts.render import render
from support.secret_backends import (
    LIMIT,
    CancellingKeyring,
    LockedKeyring,
    MemoryKeyring,
    StubError,
    TalkativeKeyring,
    keyring_in_use,
)

SECRET = "PLAN-9-FROM-OUTER-SPACE"

#: Text that UTF-8 can hold.
texts = st.text(st.characters(exclude_categories=("Cs",)))


class PlaintextKeyring(MemoryKeyring):
    """As the package keyrings.alt has them."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "profile")


@pytest.fixture(params=["keyring", "file"])
def store(request: pytest.FixtureRequest, home: Home):
    with keyring_in_use(MemoryKeyring()):
        yield open_secrets(home, request.param)


def code_of(call, *arguments) -> str:
    with pytest.raises(SecretError) as caught:
        call(*arguments)
    return caught.value.code


# what every store does


def test_a_value_is_kept_replaced_and_forgotten(store: SecretStore) -> None:
    assert store.get("code/FlowCAD") is None
    store.set("code/FlowCAD", SECRET)
    store.set("code/Other", "another")
    assert store.get("code/FlowCAD") == SECRET
    store.set("code/FlowCAD", "second")
    assert store.get("code/FlowCAD") == "second"
    store.delete("code/FlowCAD")
    store.delete("code/FlowCAD")
    assert store.get("code/FlowCAD") is None
    assert store.get("code/Other") == "another"


def test_what_was_set_is_there_for_the_next_run(home: Home) -> None:
    with keyring_in_use(MemoryKeyring()):
        for choice in ("keyring", "file"):
            open_secrets(home, choice).set("proxy", f"{choice} {SECRET}")
            assert open_secrets(home, choice).get("proxy") == f"{choice} {SECRET}"


@pytest.mark.parametrize(
    "name",
    [
        "code/流体",
        "code/a b\n\0c",
        "code/" + "x" * 5000,
        "code/\ud800",
        "code/A%20B",
        "code/../../x",
        "code/",
        "CODE/a",
    ],
)
def test_any_name_will_do(store: SecretStore, name: str) -> None:
    store.set(name, SECRET)
    assert store.get(name) == SECRET
    assert store.get(name + "x") is None
    assert store.get(name[:-1]) is None


@given(values=st.dictionaries(st.text(min_size=1), texts.filter(bool), max_size=6))
def test_no_name_takes_anothers_place(values: dict[str, str]) -> None:
    with keyring_in_use(MemoryKeyring()):
        store = open_secrets(Home("profile"), "keyring")
        for name, value in values.items():
            store.set(name, value)
        assert {name: store.get(name) for name in values} == values


def test_names_that_are_long_and_alike_are_two(store: SecretStore) -> None:
    one, two = "code/" + "x" * 900 + "1", "code/" + "x" * 900 + "2"
    store.set(one, "1")
    store.set(two, "2")
    assert (store.get(one), store.get(two)) == ("1", "2")


@pytest.mark.parametrize("value", ["", "half a \ud83d pair"])
def test_what_can_be_no_value_is_refused_without_being_told(store: SecretStore, value: str) -> None:
    with pytest.raises(ValueError, match="UTF-8") as caught:
        store.set("proxy", value)
    assert "half" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("choice", ["keyring", "file"])
def test_profiles_never_meet(tmp_path: Path, choice: str) -> None:
    with keyring_in_use(MemoryKeyring()):
        one, two = (open_secrets(Home(tmp_path / name), choice) for name in ("one", "two"))
        one.set("record-key", "1")
        two.set("record-key", "2")
        one.delete("record-key")
        assert (one.get("record-key"), two.get("record-key")) == (None, "2")


def test_a_profile_is_the_same_however_its_path_is_written(tmp_path: Path) -> None:
    (tmp_path / "profile").mkdir()
    with keyring_in_use(MemoryKeyring()):
        open_secrets(Home(tmp_path / "profile"), "keyring").set("record-key", SECRET)
        again = open_secrets(Home(f"{tmp_path}/x/../profile/"), "keyring")
        assert again.get("record-key") == SECRET


def test_nothing_shows_a_value(store: SecretStore) -> None:
    store.set("proxy", SECRET)
    assert SECRET not in repr(store)
    assert SECRET not in repr(vars(store))


# which store it is


def test_an_unknown_choice_is_a_fault_of_the_caller(home: Home) -> None:
    with pytest.raises(ValueError, match="choice"):
        open_secrets(home, "paper")


def test_a_keyring_comes_first(home: Home) -> None:
    with keyring_in_use(MemoryKeyring()):
        assert [open_secrets(home, choice).kind for choice in CHOICES[:2]] == ["keyring", "keyring"]
        assert open_secrets(home, "file").kind == ("dpapi" if sys.platform == "win32" else "file")
    assert not secrets_file(home).exists()


@pytest.mark.parametrize(
    "backend",
    [keyring.backends.null.Keyring, keyring.backends.fail.Keyring, PlaintextKeyring],
    ids=["null", "fail", "plain"],
)
def test_a_keyring_that_keeps_nothing_safe_is_none(home: Home, backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # what a second look finds
    with keyring_in_use(backend()):
        assert code_of(open_secrets, home, "keyring") == "ISCB-SECRET-NONE"
        if sys.platform == "win32":
            assert open_secrets(home, "auto").kind == "dpapi"
        else:
            assert code_of(open_secrets, home, "auto") == "ISCB-SECRET-NONE"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_store_the_way_out_is_told(language) -> None:
    remedy = render(SecretError("ISCB-SECRET-NONE").info, language).remedy
    assert "iscbridge config set secrets.store file" in remedy


def test_a_keyring_that_is_configured_and_broken_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.module.Keyring")
    assert find_backend() is None


def test_a_keyring_that_came_up_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "support.secret_backends.MemoryKeyring")
    with keyring_in_use(keyring.backends.fail.Keyring()):
        assert type(find_backend()).__name__ == "MemoryKeyring"


def test_of_several_keyrings_the_best_safe_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Chain(keyring.backends.chainer.ChainerBackend):
        backends = (PlaintextKeyring(), MemoryKeyring(), LockedKeyring())
        priority = -5
        viable = True

    Chain.__module__ = "keyring.backends.chainer"
    with keyring_in_use(Chain()):
        assert type(find_backend()) is MemoryKeyring
    keyring.backend.KeyringBackend._classes.discard(Chain)  # the library collects every class


def test_a_machine_without_a_desktop_says_so(tmp_path: Path) -> None:
    """The real library with nothing to talk to."""
    code = """
import sys
from iscbridge.core.errors import SecretError
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets
assert "keyring" not in sys.modules
open_secrets(Home(sys.argv[1]), "file").set("proxy", "x")
assert "keyring" not in sys.modules, "loaded though nobody asked for it"
try:
    print(open_secrets(Home(sys.argv[1]), "auto").kind)
except SecretError as error:
    print(error.code)
"""
    unset = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "PYTHON_KEYRING_BACKEND")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, str(tmp_path / "profile")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("keyring" if sys.platform == "win32" else "ISCB-SECRET-NONE")


# a keyring that does not do as it is told


@pytest.mark.parametrize("backend", [LockedKeyring, CancellingKeyring])
def test_a_locked_keyring_is_called_locked(home: Home, backend) -> None:
    with keyring_in_use(backend()):
        store = open_secrets(home, "auto")
        assert code_of(store.get, "proxy") == "ISCB-SECRET-LOCKED"
        assert code_of(store.set, "proxy", SECRET) == "ISCB-SECRET-LOCKED"
        assert code_of(store.delete, "proxy") == "ISCB-SECRET-LOCKED"


@pytest.mark.parametrize("error", [ConnectionRefusedError, TimeoutError, EOFError, StubError])
def test_a_keyring_that_does_not_answer_counts_as_locked(home: Home, error: type[Exception]) -> None:
    class Silent(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise error(1312, "CredRead", "no log-on")

    with keyring_in_use(Silent()):
        assert code_of(open_secrets(home, "auto").get, "proxy") == "ISCB-SECRET-LOCKED"


class HungKeyring(MemoryKeyring):
    """Answers nothing until it is let go, as one whose user does not see its prompt."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.calls = 0

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls += 1
        assert self.let_go.wait(60)
        super().set_password(service, username, password)


def test_a_keyring_that_hangs_holds_nobody_up_and_is_asked_once(home: Home) -> None:
    backend = HungKeyring()
    store = KeyringStore(backend, home.key, line=Line(patience=0.05))
    for _ in range(3):
        assert code_of(store.set, "proxy", SECRET) == "ISCB-SECRET-LOCKED"
        assert code_of(store.get, "proxy") == "ISCB-SECRET-LOCKED"
    assert backend.calls == 1
    (hung,) = (thread for thread in threading.enumerate() if thread.name == "keyring")
    assert hung.daemon
    backend.let_go.set()
    hung.join()
    patient = KeyringStore(backend, home.key)
    assert patient.get("proxy") == SECRET, "what was given up has its effect when it ends"
    store._line = Line()
    store.set("proxy", "next")
    assert patient.get("proxy") == "next"


def test_after_a_hang_the_same_store_works_again(home: Home) -> None:
    backend = HungKeyring()
    line = Line(patience=0.05)
    store = KeyringStore(backend, home.key, line=line)
    assert code_of(store.set, "proxy", SECRET) == "ISCB-SECRET-LOCKED"
    backend.let_go.set()
    assert line._given_up is not None
    line._given_up.join()
    line._patience = 60
    assert store.get("proxy") == SECRET


def test_looking_for_a_keyring_that_hangs_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(keyring, "get_keyring", let_go.wait)
    line = Line(patience=0.05)
    assert code_of(find_backend, line) == "ISCB-SECRET-LOCKED"
    let_go.set()
    assert line._given_up is not None
    line._given_up.join()


def test_many_threads_may_ask_at_once(store: SecretStore) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            store.set(f"code/{number}", f"{number}-{turn}")
            assert store.get(f"code/{number}") == f"{number}-{turn}"
        good.append(number)

    good: list[int] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(good) == list(range(6))


def test_a_keyring_that_vanished_is_none(home: Home) -> None:
    class Gone(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise keyring.errors.NoKeyringError("No recommended backend was available.")

    with keyring_in_use(Gone()):
        assert code_of(open_secrets(home, "auto").get, "proxy") == "ISCB-SECRET-NONE"


@pytest.mark.parametrize("error", [RuntimeError, keyring.errors.PasswordSetError, OSError, UnicodeError])
def test_an_error_never_tells_the_value(home: Home, error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    backend = TalkativeKeyring()
    backend.error = error
    with keyring_in_use(backend):
        store = open_secrets(home, "auto")
        for call in (lambda: store.set("proxy", SECRET), lambda: store.delete("proxy")):
            with pytest.raises(SecretError) as caught:
                call()
            assert caught.value.code == "ISCB-SECRET-IO"
            assert error.__name__ in caught.value.params["detail"]
            told = "".join(traceback.format_exception(caught.value))
            assert SECRET not in told + repr(caught.value) + str(caught.value)
            assert caught.value.__context__ is None
            assert caught.value.__cause__ is None
            backend.entries = {(f"ISCBridge/{home.key}/proxy", "proxy"): SECRET}
    assert SECRET not in caplog.text


# what Credential Manager can't hold


@pytest.fixture
def overflow(home: Home) -> FileStore:
    return FileStore(str(secrets_file(home)))


@pytest.mark.parametrize(
    ("value", "in_keyring"),
    [
        ("x" * (LIMIT // 2), True),
        ("x" * (LIMIT // 2 + 1), False),
        ("\U0001f511" * 640, True),
        ("\U0001f511" * 641, False),
    ],
)
def test_what_is_too_long_goes_to_the_file(overflow: FileStore, value: str, in_keyring: bool) -> None:
    assert WINDOWS_LIMIT == LIMIT
    backend = MemoryKeyring()
    store = KeyringStore(backend, "home", overflow)
    store.set("proxy", value)
    assert store.get("proxy") == value
    assert list(backend.entries.values()) == ([value] if in_keyring else [])
    assert overflow.get("proxy") == (None if in_keyring else value)


@given(lengths=st.lists(st.sampled_from([1, 1280, 1281, 9000]), max_size=6))
@settings(max_examples=20)
def test_the_last_value_counts_wherever_it_lies(tmp_path_factory: pytest.TempPathFactory, lengths: list[int]) -> None:
    folder = tmp_path_factory.mktemp("overflow")
    overflow, backend = FileStore(str(folder / "secrets.json")), MemoryKeyring()
    store = KeyringStore(backend, "home", overflow)
    for number, length in enumerate(lengths):
        store.set("proxy", str(number) * length)
        assert store.get("proxy") == str(number) * length
        assert (overflow.get("proxy") is None) == bool(backend.entries), "it lies in both"
    store.delete("proxy")
    assert store.get("proxy") is None
    assert not backend.entries


def test_a_file_that_is_damaged_does_not_stop_what_needs_no_file(overflow: FileStore, home: Home) -> None:
    store = KeyringStore(MemoryKeyring(), "home", overflow)
    store.set("proxy", "x" * 2000)
    with open(secrets_file(home), "r+b") as file:
        file.truncate(3)
    store.set("record-key", SECRET)
    assert store.get("record-key") == SECRET
    assert code_of(store.get, "proxy") == "ISCB-SECRET-DAMAGED"
    assert code_of(store.delete, "record-key") == "ISCB-SECRET-DAMAGED"


def test_a_keyring_that_locks_in_between_leaves_a_value_that_was_set(overflow: FileStore) -> None:
    backend = MemoryKeyring()
    store = KeyringStore(backend, "home", overflow)
    store.set("proxy", "short")
    store._backend = LockedKeyring()
    assert code_of(store.set, "proxy", "x" * 2000) == "ISCB-SECRET-LOCKED"
    store._backend = backend
    assert store.get("proxy") == "short"
    store.set("proxy", "y" * 2000)
    assert store.get("proxy") == "y" * 2000


def test_a_file_that_is_just_being_replaced_is_read_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, while another process keeps a secret."""
    store = FileStore(str(tmp_path / "secrets.json"))
    store.set("code/Pump CAD", SECRET)
    usual, refused = os.open, []

    def refuse(path, *arguments, **named):
        if len(refused) < 2:
            refused.append(path)
            raise PermissionError(errno.EACCES, "Permission denied")
        return usual(path, *arguments, **named)

    monkeypatch.setattr("iscbridge.platform.durable._REFUSED", (errno.EACCES,))
    monkeypatch.setattr(os, "open", refuse)
    assert store.get("code/Pump CAD") == SECRET
    assert len(refused) == 2
