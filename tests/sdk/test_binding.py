from __future__ import annotations

import os
import shutil
import sys
import threading

import pytest

from iscbridge.core.errors import SdkError
from iscbridge.sdk.binding import SdkCallError, SdkEventsLost, SdkHandle, SdkLibrary, SdkRaised, SdkReturned
from iscbridge.sdk.status import Status
from support.fake_shim import HEADER, build_fake_shim

WAIT_MS = 30_000


@pytest.fixture
def handle(own_shim):
    handle = SdkLibrary.load(own_shim).open()
    yield handle
    handle.close(WAIT_MS)


def fetched(handle: SdkHandle, count: int) -> list:
    happened = []
    while len(happened) < count:
        more = handle.wait_events(WAIT_MS, 16)
        assert more, f"only {happened}"
        happened += more
    return happened


def refused(path: str) -> SdkError:
    with pytest.raises(SdkError) as caught:
        SdkLibrary.load(path)
    assert caught.value.params["path"] == path
    return caught.value


def test_what_was_loaded(handle):
    info = handle.info()
    assert (info.abi, info.cloud, info.dialect, info.failure_is_final) == (1, "sandbox", "fake 云", True)
    assert info.functions == sum(1 << n for n in range(1, 13))


def test_another_abi_version_is_refused(own_shim, monkeypatch):
    monkeypatch.setenv("FAKE_ABI", "2")
    error = refused(own_shim)
    assert (error.code, error.params["expected"], error.params["found"]) == ("ISCB-SDK-ABI", "ABI 1", "ABI 2")


@pytest.mark.parametrize(("which", "name"), [(1, "isc_config"), (2, "isc_info"), (3, "isc_event")])
def test_another_struct_size_is_refused(own_shim, monkeypatch, which, name):
    monkeypatch.setenv("FAKE_SIZE", f"{which}:4")
    error = refused(own_shim)
    assert (error.code, error.params["found"]) == ("ISCB-SDK-ABI", f"{name} of 4 bytes")


def test_a_library_that_lacks_a_function_is_refused(tmp_path):
    library = build_fake_shim(tmp_path, "-DWITHOUT_GET_SOLUTION")
    error = refused(str(library))
    assert (error.code, error.params["expected"]) == ("ISCB-SDK-ABI", "isc_get_solution")


def test_a_library_of_something_else_is_refused():
    import _ctypes

    assert refused(_ctypes.__file__).code == "ISCB-SDK-ABI"


def test_files_that_are_no_library_are_refused(tmp_path):
    text = tmp_path / "text.so"
    text.write_text("no library")
    assert refused(str(text)).code == "ISCB-SDK-LOAD"
    assert refused(str(tmp_path / "missing.so")).code == "ISCB-SDK-LOAD"
    assert refused(str(tmp_path)).code == "ISCB-SDK-LOAD"
    assert refused("libfake_shim.so").code == "ISCB-SDK-LOAD"
    assert refused(f"{tmp_path}/a\0b").code == "ISCB-SDK-LOAD"


def test_a_path_of_any_characters_loads(own_shim, tmp_path):
    folder = tmp_path / "Ünïcödé 目录"
    folder.mkdir()
    library = shutil.copy(own_shim, folder / "库.so")
    handle = SdkLibrary.load(str(library)).open()
    assert handle.info().cloud == "sandbox"
    assert handle.close(WAIT_MS)


def test_missing_declarations_are_an_error_that_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "iscbridge.sdk._iscdesk_cffi", None)
    error = refused(os.path.abspath("x.so"))
    assert error.code == "ISCB-SDK-LOAD"
    assert "no declarations" in error.params["detail"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.ERR_LOAD, "ISCB-SDK-LOAD"), (Status.ERR_ABI, "ISCB-SDK-ABI"), (Status.ERR_MEMORY, "ISCB-SDK-LOAD")],
)
def test_an_sdk_that_does_not_open(own_shim, monkeypatch, status, code):
    monkeypatch.setenv("FAKE_OPEN", str(int(status)))
    with pytest.raises(SdkError) as caught:
        SdkLibrary.load(own_shim).open("/the/sdk.so")
    assert caught.value.code == code
    assert caught.value.params["path"] == "/the/sdk.so"


def test_every_call_reaches_the_library_with_its_arguments(own_shim, tmp_path, monkeypatch):
    trace = tmp_path / "trace"
    monkeypatch.setenv("FAKE_TRACE", str(trace))
    handle = SdkLibrary.load(own_shim).open("/sdk ü.so")
    numbers = [
        handle.init(),
        handle.license_file_request("a.lic", "dev"),
        handle.license_string_request("dev 目"),
        handle.license_verify_notify(False, "no"),
        handle.trial_expired("LICENSE_TYPE_FILE", "dev", "f"),
        handle.trial_expired("LICENSE_TYPE_STRING", "dev", ""),
        handle.check_new_versions(),
        handle.upgrade_notify(True),
        handle.open_cloud_file(),
        handle.save("/目录/a b.FCStd", False),
        handle.select_save_as_path("/b", True),
        handle.get_solution("/c"),
        handle.shut_out(),
    ]
    returned = fetched(handle, len(numbers))
    assert [r.call for r in returned] == numbers == list(range(1, 14))
    assert all(isinstance(r, SdkReturned) and r.ok for r in returned)
    assert handle.close(WAIT_MS)
    assert trace.read_text(encoding="utf-8").splitlines() == [
        "/sdk ü.so",
        "INIT",
        "LICENSE_FILE|a.lic|dev|0",
        "LICENSE_STRING|dev 目||0",
        "LICENSE_VERIFY_NOTIFY|no||0",
        "TRIAL_EXPIRED|dev|f|1",
        "TRIAL_EXPIRED|dev||2",
        "CHECK_NEW_VERSIONS",
        "UPGRADE_NOTIFY|||1",
        "OPEN_CLOUD_FILE",
        "SAVE|/目录/a b.FCStd||0",
        "SELECT_SAVE_AS_PATH|/b||1",
        "GET_SOLUTION|/c||0",
        "SHUT_OUT",
        "CLOSED",
    ]


def test_events_and_returns_come_in_their_order(handle, tmp_path, monkeypatch):
    (tmp_path / "bytes").write_bytes(b"\xff\x01 raw")
    monkeypatch.setenv("FAKE_SAVE", f"event one;file {tmp_path}/bytes;lost;fail 42")
    number = handle.save("/a", False)
    one, raw, lost, returned = fetched(handle, 4)
    assert isinstance(one, SdkRaised)
    assert (one.sequence, one.type, one.text) == (1, 7, b"one")
    assert one.raised_ns > 0
    assert raw.text == b"\xff\x01 raw"
    assert isinstance(lost, SdkEventsLost)
    assert returned == SdkReturned(number, Status.OK, 42, False)


def test_an_event_without_text(handle, monkeypatch):
    monkeypatch.setenv("FAKE_SAVE", "event ")
    handle.save("/a", False)
    assert fetched(handle, 2)[0].text == b""


def test_waiting_ends_with_its_time(handle):
    assert handle.wait_events(0, 16) == []
    assert handle.wait_events(10, 16) == []


def test_a_call_that_the_shim_refuses_says_why(handle, monkeypatch):
    monkeypatch.setenv("FAKE_SAVE", f"refuse {int(Status.ERR_ENCODING)}")
    with pytest.raises(SdkCallError) as caught:
        handle.save("/a", False)
    assert caught.value.status == Status.ERR_ENCODING
    assert caught.value.code == "ISCB-FILE-PATH-NOT-EXPRESSIBLE"
    assert caught.value.params == {"path": "/a"}
    assert caught.value.detail == "the fake shim says no"


@pytest.mark.parametrize("path", ["/a\0b", "/a\udcffb"])
def test_a_path_that_c_can_not_hold_is_never_cut(handle, path):
    with pytest.raises(SdkCallError) as caught:
        handle.save(path, False)
    assert caught.value.code == "ISCB-FILE-PATH-NOT-EXPRESSIBLE"
    assert handle.wait_events(0, 16) == []


def test_an_unknown_licence_type_is_refused(handle):
    with pytest.raises(SdkCallError) as caught:
        handle.trial_expired("file", "", "")
    assert caught.value.status == Status.ERR_ARGUMENT


def test_close_wakes_the_waiter_and_shuts_out(own_shim, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TRACE", str(tmp_path / "trace"))
    handle = SdkLibrary.load(own_shim).open()
    handle.init()
    fetched(handle, 1)
    caught: list[SdkCallError] = []

    def wait() -> None:
        try:
            handle.wait_events(-1, 16)
        except SdkCallError as error:
            caught.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert handle.close(WAIT_MS)
    waiter.join(WAIT_MS / 1000)
    assert [error.status for error in caught] == [Status.ERR_CLOSED]
    assert (tmp_path / "trace").read_text().splitlines() == ["OPEN", "INIT", "SHUT_OUT", "CLOSED"]


def test_after_close_every_call_is_refused_and_close_is_harmless(own_shim):
    handle = SdkLibrary.load(own_shim).open()
    assert handle.close(WAIT_MS)
    assert handle.close(WAIT_MS)
    for call in (handle.init, handle.info, handle.shut_out, lambda: handle.save("/a", True)):
        with pytest.raises(SdkCallError) as caught:
            call()
        assert caught.value.status == Status.ERR_CLOSED
    with pytest.raises(SdkCallError):
        handle.wait_events(0, 16)


def test_a_shim_that_fails_while_waiting(handle, monkeypatch):
    monkeypatch.setenv("FAKE_WAIT", str(int(Status.ERR_INTERNAL)))
    with pytest.raises(SdkCallError) as caught:
        handle.wait_events(0, 16)
    assert caught.value.status == Status.ERR_INTERNAL


def test_the_header_that_is_tested_is_the_projects():
    assert HEADER.is_file()
