"""Taking a vendor's policy file into the profile by the licence page."""

from __future__ import annotations

import pytest

from iscbridge.core.errors import SettingsError
from iscbridge.platform.folders import Home
from iscbridge.service.licensing.policies import read_policies
from iscbridge.tray.settings.policy_file import take_policy

GOOD = '[product]\nname = "{name}"\ngrace_days = 7\n'


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home")


def test_a_good_one_is_copied_and_the_bridge_reads_it(home, tmp_path):
    names = ["AcmeCAD", "Acme CAD", "acme-cad", "中文产品", "另一个产品"]
    for name in names:
        path = tmp_path / "policy.toml"
        path.write_text(GOOD.format(name=name), encoding="utf-8")
        assert take_policy(path, home).product == name
        assert take_policy(path, home).product == name, "again is its update"
    found = read_policies([home.products])
    assert set(found.products) == set(names)
    assert found.faults == ()
    assert len(list(home.products.iterdir())) == len(names)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "ISCB-SET-POLICY"),
        (b"\xff\xfe", "ISCB-SET-POLICY"),
        (b"[product]\nname = ''", "ISCB-SET-POLICY"),
        (b"x" * 70_000, "ISCB-SET-POLICY"),
        (b'[product]\nname = "A"\ngrace_days = 99\n', "ISCB-SET-POLICY-VALUE"),
        (b'[product]\nname = "A"\nrenew_url = "http://a.example"\n', "ISCB-SET-POLICY-VALUE"),
    ],
)
def test_one_that_is_wrong_is_not_taken(home, tmp_path, content, code):
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        take_policy(path, home)
    assert caught.value.code == code
    assert not home.products.exists()


def test_what_is_no_file_is_refused(home, tmp_path):
    for path in (tmp_path, tmp_path / "missing.toml"):
        with pytest.raises(SettingsError, match="ISCB-SET-POLICY"):
            take_policy(path, home)


def test_the_page_says_what_came_of_it(qtbot, page, room, tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text("nonsense", encoding="utf-8")
    page.take_file(path)
    qtbot.waitUntil(lambda: "ISCB-SET-POLICY" in page.news.text())
    path.write_text(GOOD.format(name="NewCAD"), encoding="utf-8")
    page.take_file(path)
    qtbot.waitUntil(lambda: "NewCAD was added" in page.news.text())
    assert "next start" in page.news.text()
