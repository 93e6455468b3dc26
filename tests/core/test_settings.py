from __future__ import annotations

import string
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.setting_kinds import Choice, as_typed
from iscbridge.core.setting_sources import resolve
from iscbridge.core.settings import PAGES, SETTINGS, Setting, Settings, nearest, shown_value
from iscbridge.texts import en, zh
from iscbridge.texts.render import render

names = st.text(max_size=8) | st.sampled_from(["secrets", "store", "network", "proxy", "secrets.store", ""])
toml_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.sampled_from(["auto", "file", "http://proxy:1", "http://u:p@proxy:1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def parse(document: dict[str, Any], environ: dict[str, str] | None = None) -> tuple[Settings, list[ErrorInfo]]:
    """The settings of a document, and what is wrong with it."""
    found = resolve(document, environ)
    return found.settings, list(found.told)


def codes(told: list[ErrorInfo]) -> list[str]:
    return [info.code for info in told]


def test_without_a_word_everything_is_as_declared() -> None:
    settings, told = parse({})
    assert told == []
    assert settings == Settings()
    assert settings.secrets_store == "auto"
    assert settings.network_proxy == "auto"
    assert settings.values == {setting.key: setting.default for setting in SETTINGS}


def texts_of(setting: Setting[Any]) -> list[str]:
    """Ids of the texts of its words and of its unit."""
    if setting.kind.name == "choice":
        return [setting.word_text(word) for word in setting.kind.words]
    unit = setting.kind.unit if setting.kind.name == "number" else ""
    return [f"unit.{unit}", f"unit.{unit}.one"] if unit else []


def test_declarations_are_whole() -> None:
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    variables = [setting.variable for setting in SETTINGS if setting.variable]
    assert len(set(variables)) == len(variables)
    for setting in SETTINGS:
        assert setting.key.count(".") == 1, "one table deep, as it is written in the file"
        assert setting.kind.read(setting.default) == setting.default
        assert setting.kind.typed(as_typed(setting.default)) == setting.default
        assert setting.kind.name in ("choice", "switch", "number", "address", "path")
        assert setting.page in PAGES
        assert setting.text in en.MESSAGES
        assert setting.text in zh.MESSAGES
        assert {setting.name_text, *texts_of(setting)} <= set(en.MESSAGES) & set(zh.MESSAGES)
        assert not setting.variable or setting.variable.startswith("ISCBRIDGE_")


def test_a_value_of_the_file_counts() -> None:
    settings, told = parse({"secrets": {"store": "file"}, "network": {"proxy": "http://proxy.example:3128"}})
    assert told == []
    assert settings.secrets_store == "file"
    assert settings.network_proxy == "http://proxy.example:3128"


def test_a_variable_comes_before_the_file_if_it_says_anything() -> None:
    document = {"secrets": {"store": "file"}}
    assert parse(document, {"ISCBRIDGE_SECRETS_STORE": "keyring"})[0].secrets_store == "keyring"
    assert parse(document, {"ISCBRIDGE_SECRETS_STORE": " "})[0].secrets_store == "file"
    settings, told = parse(document, {"ISCBRIDGE_SECRETS_STORE": "paper"})
    assert settings.secrets_store == "file"
    assert [info.params["key"] for info in told] == ["ISCBRIDGE_SECRETS_STORE"]


@pytest.mark.parametrize("value", ["", "Auto", "paper", 1, True, None, [], {}, ["file"], date(2026, 1, 1), 1.5])
def test_a_wrong_value_is_told_and_the_default_counts(value: object) -> None:
    settings, told = parse({"secrets": {"store": value}, "network": {"proxy": "none"}})
    assert settings.secrets_store == "auto"
    assert settings.network_proxy == "none"
    assert value is None or told == [
        ErrorInfo("ISCB-SET-VALUE", {"key": "secrets.store", "allowed": "auto, keyring, file"})
    ]


@pytest.mark.parametrize("value", ["file", 5, [], None])
def test_a_value_where_a_table_belongs_is_told(value: object) -> None:
    settings, told = parse({"secrets": value})
    assert settings == Settings()
    assert codes(told) == ["ISCB-SET-UNKNOWN"]
    assert told[0].params == {"key": "secrets"}


def test_what_a_newer_version_wrote_is_told_and_passed_over() -> None:
    document = {"secrets": {"store": "file", "later": 1}, "tray": {"icon": True}, "x": 1, "network.proxy": "none"}
    settings, told = parse(document)
    assert settings.secrets_store == "file"
    assert [(info.code, info.params["key"]) for info in told] == [
        ("ISCB-SET-UNKNOWN", key) for key in ("secrets.later", "tray", "x", '"network.proxy"')
    ]
    assert settings.network_proxy == "auto"


def test_a_file_that_is_not_ours_is_not_told_line_by_line() -> None:
    assert len(parse({str(number): number for number in range(5000)})[1]) <= 20


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://proxy", "http://proxy"),
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://proxy.example:443/", "http://proxy.example:443"),
        ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("none", "none"),
        ("auto", "auto"),
    ],
)
def test_the_address_of_a_proxy(address: str, expected: str) -> None:
    settings, told = parse({"network": {"proxy": address}})
    assert told == []
    assert settings.network_proxy == expected


PASSWORD = "correct-horse"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "proxy:3128",
        "//proxy:3128",
        "socks5://proxy:1080",
        "ftp://proxy",
        "http://",
        "http:///",
        "http://:3128",
        "http://proxy:",
        "http://proxy:0",
        "http://proxy:70000",
        "http://proxy:x",
        "http://proxy:3128/path",
        "http://proxy:3128?x=1",
        "http://proxy:3128#x",
        "http://pro xy",
        "http://proxy\n:3128",
        "http://proxy\t",
        "\x00http://proxy",
        "http://прокси:3128",
        "http://[::1",
        "http://proxy\\@evil",
        f"http://user:{PASSWORD}@proxy:3128",
        f"http://:{PASSWORD}@proxy",
        f"https://user@proxy?{PASSWORD}",
        f"http://user:{PASSWORD}@",
        f"user:{PASSWORD}@proxy:3128",
        f"http://user:{PASSWORD}%40@proxy:1",
    ],
)
def test_what_is_no_address_is_refused_and_never_quoted(address: str) -> None:
    settings, told = parse({"network": {"proxy": address}})
    more_settings, more = parse({}, {"ISCBRIDGE_NETWORK_PROXY": f"x{address}"})
    assert settings == more_settings == Settings()
    assert codes(told + more) == ["ISCB-SET-VALUE"] * 2
    assert PASSWORD not in repr(told) + repr(more)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_a_password_goes_is_told(language: Any) -> None:
    (info,) = parse({"network": {"proxy": f"http://user:{PASSWORD}@proxy:3128"}})[1]
    rendered = render(info, language)
    assert "network.proxy" in rendered.message
    assert "http://HOST:PORT" in rendered.message
    assert "iscbridge license proxy-login" in rendered.remedy


@given(document=st.dictionaries(names, toml_values, max_size=5), variables=st.text(max_size=20))
def test_nothing_in_a_file_does_harm(document: dict[str, Any], variables: str) -> None:
    settings, told = parse(document, {"ISCBRIDGE_NETWORK_PROXY": variables, "ISCBRIDGE_SECRETS_STORE": variables})
    for setting in SETTINGS:
        assert setting.kind.read(settings.values[setting.key]) == settings.values[setting.key]
    for info in told:
        assert info.code in CODES
        assert all(value.isprintable() or value for value in info.params.values())
        assert all(len(value) <= 110 for value in info.params.values())
    assert parse(document, {})[0] == parse(document)[0]


@given(text=st.text(st.sampled_from(string.printable + "é@\u200b\u2028\ud800"), max_size=40))
def test_an_address_that_is_taken_is_taken_again_and_holds_no_password(text: str) -> None:
    address = parse({"network": {"proxy": f"http://{text}"}})[0].network_proxy
    assert parse({"network": {"proxy": address}}) == (Settings({"network.proxy": address}), [])
    assert "@" not in address


def test_settings_do_not_change() -> None:
    settings = Settings({"secrets.store": "file"})
    with pytest.raises(AttributeError):
        settings.secrets_store = "auto"  # type: ignore[misc]  what the test is about
    with pytest.raises(AttributeError):
        settings._values = {}  # type: ignore[misc]  as above
    settings.values["secrets.store"] = "auto"  # type: ignore[index]  a copy
    assert settings.secrets_store == "file"
    assert settings != Settings()
    assert len({settings, Settings({"secrets.store": "file"}), Settings()}) == 2
    assert "file" in repr(settings)


def test_the_declaration_is_reached_by_the_class() -> None:
    assert Settings.secrets_store.key == "secrets.store"
    assert isinstance(Settings.secrets_store.kind, Choice)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("network.proxi", "network.proxy"),
        ("proxy", "network.proxy"),
        ("NETWORK.PROXY", "network.proxy"),
        ("advanced.log-level", "advanced.log_level"),
        ("cloud.sdk_library", "advanced.sdk_library"),
        ("snapshot_days", "files.snapshot_days"),
        ("", None),
        ("a.b.c", None),
        ("\x00", None),
    ],
)
def test_somebody_who_is_nearly_right_is_told_the_right_name(written: str, meant: str | None) -> None:
    assert nearest(written) == meant


@given(st.text())
def test_any_name_has_a_neighbour_or_none(written: str) -> None:
    assert nearest(written) in {None, *(setting.key for setting in SETTINGS)}


def test_a_secret_is_shown_to_nobody() -> None:
    plain = Setting("a.b", Choice("x"), "x", page="general")
    secret = Setting("a.b", Choice("x"), "x", page="general", secret=True)
    assert shown_value(plain, "x") == "x"
    assert shown_value(secret, "x") is None
