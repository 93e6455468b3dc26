"""The error tree: one code, one class, one answer to whether a retry helps, texts in both languages."""

from __future__ import annotations

import pytest

from iscbridge.core import errors
from iscbridge.core.errors import CODES, BridgeError, Retry, error_from
from iscbridge.core.jobs import ErrorInfo
from iscbridge.texts import en, zh

FAMILIES = {
    "REQ": errors.RequestError,
    "FILE": errors.FileError,
    "ASM": errors.AssemblyError,
    "CLOUD": errors.CloudError,
    "SDK": errors.SdkError,
    "JOURNAL": errors.JournalError,
    "LIC": errors.LicenseError,
    "STORE": errors.StoreError,
    "SECRET": errors.SecretError,
    "DEVICE": errors.DeviceError,
    "HOST": errors.HostError,
    "SET": errors.SettingsError,
    "BRIDGE": errors.BridgeRunError,
    "PROTO": errors.ProtocolError,
    "RELAY": errors.RelayError,
    "SANDBOX": errors.SandboxError,
}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_class_and_survives_as_data(code):
    prefix, family, _ = code.split("-", 2)
    assert prefix == "ISCB"
    error = error_from(ErrorInfo(code, {"path": "a.prt"}))
    assert type(error) is FAMILIES[family]
    assert error.info == ErrorInfo(code, {"path": "a.prt"})
    assert isinstance(error.retry, Retry)
    assert code in str(error)


@pytest.mark.parametrize("texts", [en.TEXTS, zh.TEXTS])
def test_every_code_has_title_story_and_remedy(texts):
    assert set(texts) == set(CODES)
    assert all(len(parts) == 3 and all(parts) for parts in texts.values())


def test_the_tree_is_the_one_that_is_drawn():
    drawn = [line.split()[1] for line in (errors.__doc__ or "").splitlines() if "+--" in line]
    assert drawn == [cls.__name__ for cls in FAMILIES.values()]
    assert {cls.__name__ for cls in BridgeError.__subclasses__()} == set(drawn)


@pytest.mark.parametrize("code", ["", "ISCB", "ISCB-X-Y", "ISCB-REQ", "ISCB-REQ-NO-SUCH-CODE", "nonsense"])
def test_what_is_no_code_is_a_bug(code):
    with pytest.raises(ValueError, match="not a declared error code"):
        error_from(ErrorInfo(code))
    with pytest.raises(ValueError, match="not a declared error code"):
        BridgeError(code)


def test_parameters_are_copied():
    params = {"path": "a.prt"}
    info = error_from(ErrorInfo("ISCB-FILE-MISSING", params)).info
    params["path"] = "b.prt"
    assert info.params == {"path": "a.prt"}
