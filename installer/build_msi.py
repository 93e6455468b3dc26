#!/usr/bin/env python3
"""Builds `ISCBridge-<version>.msi` for group policy from a frozen product, with wixl and msibuild (package msitools).

    python installer/build_msi.py PAYLOAD OUT [--version V]

For all users; the same files at the same places as the installer with /AllUsers. Standard library only.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from build_setup import ARP, COMPILER, HELPER_FLAGS, BuildError, four_numbers, run_tool  # noqa: E402  beside this file
from payload_list import SANDBOX, Item, Payload, PayloadError, read_payload  # noqa: E402  beside this file

#: Never to be changed: by it Windows knows a newer version.
UPGRADE_CODE = "6E0E5A6B-8D8B-4C57-9D6F-2B6B7E0C4A11"
_NAMES = uuid.UUID("1f7f7f43-2f7c-4f0a-8a55-6b9d9a7f0d21")
_SPACE = "http://schemas.microsoft.com/wix/2006/wi"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
TRAY = "ISCBridgeTray.exe"
_MIXED = "ISCBridge was installed for all users by its setup program, at the same place. Remove that first."

#: Deferred actions, which get their property's value through one of their own name.
_ACTIONS = {"TakePolicy": "POLICYFILE", "NoteCodeFile": "LICENSECODEFILE"}
#: Deferred actions that need no value, and when they are carried out.
_PLAIN_ACTIONS = {"SecureFolder": "NOT REMOVE", "DropFolder": 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'}


def build_msi(payload: Payload, out: Path, *, version: str = "") -> Path:
    """Build the package into `out` (a file's name).

    Raises:
        BuildError: a tool is missing or failed.
    """
    version = version or payload.version
    with tempfile.TemporaryDirectory(prefix="iscbridge-msi-") as name:
        work = Path(name)
        (work / "payload").symlink_to(payload.folder.resolve())  # wixl takes relative paths only
        run_tool(
            [COMPILER, *HELPER_FLAGS, "-o", "actions.dll", HERE / "msi" / "actions.cpp", "-lmsi", "-ladvapi32"], work
        )
        (work / "product.wxs").write_bytes(ET.tostring(description(payload, version), xml_declaration=True))
        run_tool(["wixl", "-a", "x64", "-o", "product.msi", "product.wxs"], work)
        if not (work / "product.msi").is_file():
            raise BuildError("wixl made no package")
        run_tool(["msibuild", "product.msi", *(word for query in tweaks() for word in ("-q", query))], work)
        shutil.move(work / "product.msi", out)
    return out


def tweaks() -> list[str]:
    """The statements of msi/tweaks.sql."""
    lines = (HERE / "msi" / "tweaks.sql").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("--")]


def description(payload: Payload, version: str) -> ET.Element:
    """The package in wixl's words."""
    root = ET.Element("Wix", xmlns=_SPACE)
    product = _add(root, "Product", Id="*", Name="ISCBridge", Language="1033", Manufacturer="ISCBridge",
                   Version=four_numbers(version).rpartition(".")[0], UpgradeCode=UPGRADE_CODE)  # fmt: skip
    _add(product, "Package", InstallerVersion="500", Compressed="yes", InstallScope="perMachine")
    _add(product, "Media", Id="1", Cabinet="payload.cab", EmbedCab="yes")
    _add(product, "MajorUpgrade", DowngradeErrorMessage="A newer version of ISCBridge is installed.")
    _add(product, "Property", Id="ARPNOMODIFY", Value="1")
    # Public names, listed as secure in tweaks.sql: others don't get from the windows of the installation to its work.
    _look_up(product, "AUTOSTARTFOUND", RUN, "ISCBridge")  # an upgrade keeps what was chosen
    _look_up(product, "SETUPFOUND", ARP, "InstallLocation")
    _add(product, "Condition", Message=_MIXED).text = "Installed OR NOT SETUPFOUND"
    target = _add(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    _add(target, "Directory", Id="ProgramMenuFolder")
    place = _add(_add(target, "Directory", Id="ProgramFiles64Folder"), "Directory", Id="INSTALLDIR", Name="ISCBridge")
    features = {name: _add(product, "Feature", Id=name, Level="1") for name in ("Main", "Sandbox")}
    _files(payload, place, features)
    _autostart(place, features["Main"])
    _actions(product)
    return root


def _look_up(product: ET.Element, name: str, key: str, value: str) -> None:
    """A property with a value of the computer's registry."""
    found = _add(product, "Property", Id=name)
    _add(found, "RegistrySearch", Id=f"Search{name}", Root="HKLM", Key=key, Name=value, Type="raw", Win64="yes")


def _files(payload: Payload, place: ET.Element, features: dict[str, ET.Element]) -> None:
    folders = {PurePosixPath("."): _add(place, "Directory", Id="App", Name="app")}
    for index, item in enumerate(payload.items):
        component = _add(_folder(PurePosixPath(item.path).parent, folders), "Component", Id=f"Part{index:05}",
                         Guid=_guid(item.path), Win64="yes")  # fmt: skip
        name = "Tray" if item.path == TRAY else f"File{index:05}"
        file = _add(component, "File", Id=name, Name=PurePosixPath(item.path).name,
                    Source=f"payload/{item.path}", KeyPath="yes")  # fmt: skip
        if item.path == TRAY:
            _add(file, "Shortcut", Id="StartMenu", Directory="ProgramMenuFolder", Name="ISCBridge",
                 Arguments="tray --window activity")  # fmt: skip
        _add(features[_feature(item)], "ComponentRef", Id=f"Part{index:05}")


def _feature(item: Item) -> str:
    return "Sandbox" if item.component == SANDBOX else "Main"


def _folder(path: PurePosixPath, folders: dict[PurePosixPath, ET.Element]) -> ET.Element:
    if path not in folders:
        parent = _folder(path.parent, folders)
        folders[path] = _add(parent, "Directory", Id=f"Folder{len(folders):04}", Name=path.name)
    return folders[path]


def _autostart(place: ET.Element, feature: ET.Element) -> None:
    component = _add(place, "Component", Id="Autostart", Guid=_guid("*autostart*"), Win64="yes")
    _add(component, "RegistryValue", Root="HKLM", Key=RUN, Name="ISCBridge", Type="string", KeyPath="yes",
         Value=f'"[App]{TRAY}" tray --quiet')  # fmt: skip
    _add(feature, "ComponentRef", Id="Autostart")


def _actions(product: ET.Element) -> None:
    _add(product, "Binary", Id="Actions", SourceFile="actions.dll")
    for action, name in _ACTIONS.items():
        _add(product, "CustomAction", Id=f"Set{action}", Property=action, Value=f"[{name}]")
    for action in (*_ACTIONS, *_PLAIN_ACTIONS):
        _add(product, "CustomAction", Id=action, BinaryKey="Actions", DllEntry=action, Execute="deferred",
             Impersonate="no", Return="check")  # fmt: skip
    order = _add(product, "InstallExecuteSequence")
    for action, name in _ACTIONS.items():
        for custom, place in ((f"Set{action}", {"After": "CostFinalize"}), (action, {"After": "InstallFiles"})):
            one = _add(order, "Custom", Action=custom, **place)
            one.text = name
    for action, condition in _PLAIN_ACTIONS.items():
        _add(order, "Custom", Action=action, After="InstallFiles").text = condition


def _guid(name: str) -> str:
    """The same for the same file in every version."""
    return str(uuid.uuid5(_NAMES, name)).upper()


def _add(parent: ET.Element, tag: str, **values: str) -> ET.Element:
    return ET.SubElement(parent, tag, values)


def main(argv: Sequence[str] | None = None) -> int:
    """Build; exit code 0 and the package's name, or 1 and why not."""
    parser = argparse.ArgumentParser(prog="build_msi.py", description="Build the MSI for group policy")
    parser.add_argument("payload", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="")
    options = parser.parse_args(argv)
    try:
        made = build_msi(read_payload(options.payload), options.out, version=options.version)
    except (BuildError, PayloadError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{made} {made.stat().st_size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
