"""The printed samples of the developer guide, letter for letter."""

from __future__ import annotations

import json

import pytest

from iscbridge.sandbox import events


@pytest.mark.parametrize(
    ("event", "name", "printed"),
    [
        (
            events.license_file("D:\\license.lic"),
            "EVENT_LICENSE_VERIFY",
            (
                r'{"operate":"LicenseVerify","params":{"Status":"success","LicenseFilePath":"D:\\license.lic",'
                r'"LicenseType":"file"},"comeBackParams":{}}'
            ),
        ),
        (
            events.license_string("0078369f54-a3ce-4dc7-8a62-904555416f9000"),
            "EVENT_LICENSE_VERIFY",
            (
                '{"operate":"LicenseVerify","params":{"Status":"success","LicenseContent":'
                '"0078369f54-a3ce-4dc7-8a62-904555416f9000","LicenseType":"string"},"comeBackParams":{}}'
            ),
        ),
        (
            events.upgrade_notice(False, quoted=True),
            "EVENT_UPGRADENOTICE",
            '{"operate":"UpgradeNotice","params":{"available":"false"},"comeBackParams":{}}',
        ),
        (
            events.upgrade_notice(False, quoted=False),
            "EVENT_UPGRADENOTICE",
            '{"operate":"UpgradeNotice","params":{"available":false},"comeBackParams":{}}',
        ),
        (
            events.update(True),
            "EVENT_UPDATE",
            '{"operate":"Update","params":{"fromForceWin":"true"},"comeBackParams":{}}',
        ),
        (
            events.open_file("路径\\\\xxx3.txt", "OpenOnly", "CHECKIN", assembly=False),
            "EVENT_OPENCLOUDFILE_RESULT",
            (
                r'{"operate":"OpenFile","params":{"mainFile":"路径\\\\xxx3.txt","openType":"OpenOnly",'
                r'"workState":"CHECKIN","assembly":"false"},"comeBackParams":{}}'
            ),
        ),
        (
            events.save_result(True),
            "EVENT_SAVE_RESULT",
            '{"operate":"SaveResult","params":{"status":"success"},"comeBackParams":{}}',
        ),
    ],
)
def test_event_is_as_printed(event: events.Event, name: str, printed: str) -> None:
    assert event.name == name
    assert event.info().decode() == printed


def test_broken_json_is_utf8_but_no_json() -> None:
    info = events.broken_json(events.open_file("轴" * 50, "OpenOnly", "CHECKIN", assembly=False).info())
    with pytest.raises(json.JSONDecodeError):
        json.loads(info.decode("utf-8"))


def test_broken_utf8_can_be_decoded_neither_as_utf8_nor_as_chinese_ansi() -> None:
    info = events.broken_utf8(events.save_result(True).info())
    for encoding in ("utf-8", "gbk"):
        with pytest.raises(UnicodeDecodeError):
            info.decode(encoding)


def test_opposite_contradicts() -> None:
    assert events.opposite(events.save_result(True)) == events.save_result(False)
    assert events.opposite(events.save_result(False)) == events.save_result(True)
