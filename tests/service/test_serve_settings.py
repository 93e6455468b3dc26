"""What `serve` takes from its command line, and what from the settings."""

from __future__ import annotations

import pytest

from iscbridge.core.errors import SdkError
from iscbridge.core.setting_sources import Resolved, parse_machine_policy, resolve
from iscbridge.service.process.setup import ServeOptions, with_settings

LIBRARY, SDK = "/opt/vendor/libshim.so", "/opt/vendor/libsdk.so"


def found(
    library: object = None, *, sdk: object = None, locked: str | None = None, environ: dict[str, str] | None = None
) -> Resolved:
    policy = None
    if locked is not None:
        document = {"set": {"advanced": {"sdk_library": locked}}, "lock": {"keys": ["advanced.sdk_library"]}}
        policy = parse_machine_policy(document, "/etc/policy.toml")
    advanced = {name: value for name, value in (("sdk_library", library), ("sdk", sdk)) if value is not None}
    return resolve({"advanced": advanced}, environ, policy)


@pytest.mark.parametrize(
    ("options", "settings", "library", "sdk"),
    [
        (ServeOptions(), found(), None, None),
        (ServeOptions(), found(LIBRARY, sdk=SDK), LIBRARY, SDK),
        (ServeOptions(library="/my.so"), found(LIBRARY, sdk=SDK), "/my.so", SDK),
        (ServeOptions(sdk="/my.so"), found(LIBRARY, sdk=SDK), LIBRARY, "/my.so"),
        (ServeOptions(library=""), found(LIBRARY), None, None),
        (ServeOptions(), found(environ={"ISCBRIDGE_ADVANCED_SDK_LIBRARY": LIBRARY}), LIBRARY, None),
        (ServeOptions(), found("relative", environ={"ISCBRIDGE_ADVANCED_SDK_LIBRARY": LIBRARY}), LIBRARY, None),
        (ServeOptions(library="/my.so"), found("relative"), "/my.so", None),
    ],
)
def test_the_command_line_comes_before_the_settings(
    options: ServeOptions, settings: Resolved, library: str | None, sdk: str | None
) -> None:
    chosen, after = with_settings(options, settings)
    assert (chosen.library, chosen.sdk) == (library, sdk)
    assert after == settings


def test_a_lock_comes_before_the_command_line_and_says_so() -> None:
    chosen, after = with_settings(ServeOptions(library="/my.so", verbose=True), found("/other.so", locked=LIBRARY))
    assert chosen == ServeOptions(library=LIBRARY, verbose=True)
    assert [(info.code, info.params) for info in after.told] == [
        ("ISCB-SET-LOCKED", {"key": "advanced.sdk_library", "path": "/etc/policy.toml"})
    ]
    assert with_settings(ServeOptions(), found("/other.so", locked=LIBRARY))[1].told == ()


def test_a_lock_to_the_sandbox_holds() -> None:
    chosen, _ = with_settings(ServeOptions(library="/my.so"), found(LIBRARY, locked=""))
    assert chosen.library is None


@pytest.mark.parametrize("settings", [found("relative"), found(5), found(sdk="relative"), found(locked="relative")])
def test_who_named_a_library_wrongly_does_not_get_the_sandbox(settings: Resolved) -> None:
    with pytest.raises(SdkError) as caught:
        with_settings(ServeOptions(), settings)
    assert caught.value.code == "ISCB-SDK-LOAD"
    assert caught.value.params["path"].startswith("advanced.sdk")
