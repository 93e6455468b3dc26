"""A page in the system's browser: only https pages leave, and a browser that can't be started is told."""

from __future__ import annotations

from typing import Any

import pytest

from iscbridge.platform import browser

URL = "https://licences.vendor.example/signin/go?ticket=abc#part"


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(browser, "_open", lambda url: not found.append(url))
    return found


def test_a_web_page_is_opened(opened) -> None:
    assert browser.open_page(URL)
    assert opened == [URL]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://vendor.example/",
        "file:///etc/passwd",
        "https://a b/",
        "https://user@vendor.example/",
        "--help",
        "https://vendor.example/" + "a" * 4096,
    ],
)
def test_nothing_else_is(opened, url) -> None:
    assert not browser.open_page(url)
    assert opened == []


def test_without_a_browser_it_says_so(monkeypatch) -> None:
    def none(_url: str) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(browser, "_open", none)
    assert not browser.open_page(URL)
