from __future__ import annotations

import pytest

import iscbridge
from iscbridge.core.errors import SdkError
from iscbridge.sdk.library import NATIVE_DIR, SANDBOX_SHIM, find_library, native_folder


def test_a_named_library_comes_first(tmp_path, monkeypatch):
    library = tmp_path / "mine.so"
    library.touch()
    assert find_library(str(library), {NATIVE_DIR: "/elsewhere"}) == library
    monkeypatch.chdir(tmp_path)
    assert find_library("mine.so", {}) == library


@pytest.mark.parametrize("name", ["missing.so", "."])
def test_a_named_library_that_is_no_file_is_an_error(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SdkError) as caught:
        find_library(name, {})
    assert caught.value.code == "ISCB-SDK-LOAD"
    assert caught.value.params["path"] == str((tmp_path / name).absolute())


def test_the_folder_for_development_replaces_the_packaged_one(tmp_path):
    (tmp_path / SANDBOX_SHIM).touch()
    assert find_library(None, {NATIVE_DIR: str(tmp_path)}) == tmp_path / SANDBOX_SHIM
    assert find_library("", {NATIVE_DIR: str(tmp_path)}) == tmp_path / SANDBOX_SHIM


def test_no_library_at_all_is_not_configured(tmp_path):
    with pytest.raises(SdkError) as caught:
        find_library(None, {NATIVE_DIR: str(tmp_path)})
    assert caught.value.code == "ISCB-SDK-NOT-CONFIGURED"


def test_the_packaged_folder_is_a_resource_of_the_package():
    folder = native_folder({})
    assert folder.is_absolute()
    assert folder.name == "native_lib"
    assert folder.parent.name == "iscbridge"
    assert folder.parent == type(folder)(iscbridge.__path__[0]) or folder.is_dir()
