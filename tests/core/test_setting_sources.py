from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.setting_migrations import LATEST, Document, is_version, migrate, version_of
from iscbridge.core.setting_sources import MachinePolicy, Source, parse_machine_policy, resolve
from iscbridge.core.settings import SETTINGS

POLICY = "/etc/policy.toml"
FILE = {"network": {"proxy": "http://file:1"}}
ENVIRON = {"ISCBRIDGE_NETWORK_PROXY": "http://variable:1"}


def policy(proxy: object = "http://policy:1", *, locked: bool = False) -> MachinePolicy:
    document: dict[str, Any] = {"set": {"network": {"proxy": proxy}}}
    if locked:
        document["lock"] = {"keys": ["network.proxy"]}
    return parse_machine_policy(document, POLICY)


@pytest.mark.parametrize(
    ("document", "environ", "machine", "value", "source"),
    [
        ({}, {}, None, "auto", Source.DEFAULT),
        ({}, {}, policy(), "http://policy:1", Source.POLICY),
        (FILE, {}, policy(), "http://file:1", Source.FILE),
        (FILE, ENVIRON, policy(), "http://variable:1", Source.ENVIRONMENT),
        (FILE, ENVIRON, policy(locked=True), "http://policy:1", Source.LOCKED),
        (FILE, ENVIRON, parse_machine_policy({"lock": {"keys": ["network.proxy"]}}, POLICY), "auto", Source.LOCKED),
        ({"network": {"proxy": 5}}, {}, policy(), "http://policy:1", Source.POLICY),
        (FILE, {"ISCBRIDGE_NETWORK_PROXY": "x"}, policy(), "http://file:1", Source.FILE),
        (FILE, {"ISCBRIDGE_NETWORK_PROXY": "x"}, policy(locked=True), "http://policy:1", Source.LOCKED),
    ],
)
def test_the_later_source_counts(
    document: dict[str, Any], environ: dict[str, str], machine: MachinePolicy | None, value: str, source: Source
) -> None:
    found = resolve(document, environ, machine)
    assert found.settings.network_proxy == value
    assert found.sources["network.proxy"] is source
    others = {key: where for key, where in found.sources.items() if key != "network.proxy"}
    assert set(others.values()) == {Source.DEFAULT}
    assert set(found.sources) == {setting.key for setting in SETTINGS}


def test_what_can_not_be_used_is_named() -> None:
    machine = parse_machine_policy({"set": {"advanced": {"sdk_library": "relative"}}}, POLICY)
    found = resolve({"files": {"snapshot_days": 0}}, {"ISCBRIDGE_LANGUAGE": "de"}, machine)
    assert found.unusable == {"advanced.sdk_library", "files.snapshot_days", "general.language"}
    assert [(info.code, info.params["key"]) for info in found.told] == [
        ("ISCB-SET-MACHINE-VALUE", "advanced.sdk_library"),
        ("ISCB-SET-VALUE", "ISCBRIDGE_LANGUAGE"),
        ("ISCB-SET-VALUE", "files.snapshot_days"),
    ]


def test_a_number_in_a_variable_is_read() -> None:
    found = resolve({}, {"ISCBRIDGE_FILES_SNAPSHOT_DAYS": " 12 "})
    assert found.settings.files_snapshot_days == 12
    assert found.settings.files_failed_snapshot_days == 30


def test_a_policy_may_set_and_lock_all_that_there_is() -> None:
    given_values: dict[str, dict[str, Any]] = {}
    for setting in SETTINGS:
        table, _, name = setting.key.partition(".")
        given_values.setdefault(table, {})[name] = setting.default
    keys = [setting.key for setting in SETTINGS]
    machine = parse_machine_policy({"set": given_values, "lock": {"keys": keys}}, POLICY)
    assert machine.told == ()
    assert machine.locked == set(keys)
    assert set(resolve({}, None, machine).sources.values()) == {Source.LOCKED}


@pytest.mark.parametrize(
    "document",
    [
        {"set": 1},
        {"lock": 1},
        {"lock": {"keys": "network.proxy"}},
        {"lock": {"keys": [1]}},
        {"lock": {"keys": ["no.such"]}},
        {"set": {"no": {"such": 1}}},
        {"set": {"network": {"later": 1}}},
        {"other": {}},
    ],
)
def test_what_a_policy_can_not_say_is_told(document: dict[str, Any]) -> None:
    machine = parse_machine_policy(document, POLICY)
    assert [info.code for info in machine.told] == ["ISCB-SET-MACHINE"]
    assert machine.values == {}
    assert machine.locked == set()


def test_one_wrong_thing_leaves_the_rest_of_a_policy() -> None:
    document = {
        "set": {"network": {"proxy": "http://user:pass@proxy"}, "secrets": {"store": "file"}},
        "lock": {"keys": ["x.y", "secrets.store"]},
    }
    machine = parse_machine_policy(document, POLICY)
    assert machine.values == {"secrets.store": "file"}
    assert machine.locked == {"secrets.store"}
    assert [info.code for info in machine.told] == ["ISCB-SET-MACHINE-VALUE", "ISCB-SET-MACHINE"]
    assert "pass" not in repr(machine)


any_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["network.proxy", "none"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["keys", "network", "proxy", "x", "a.b"]), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.sampled_from(["set", "lock", "x"]), any_value, max_size=3))
def test_no_policy_does_harm(document: dict[str, Any]) -> None:
    machine = parse_machine_policy(document, POLICY)
    assert len(machine.told) <= 21 + len(SETTINGS)
    assert machine.locked <= {setting.key for setting in SETTINGS}
    found = resolve({}, {}, machine)
    for setting in SETTINGS:
        assert setting.kind.read(found.settings.values[setting.key]) == found.settings.values[setting.key]


def test_a_file_of_before_is_read_as_the_newest() -> None:
    document: Document = {"secrets": {"store": "file"}}
    assert version_of(document) == 0
    assert migrate(document)
    assert document == {"secrets": {"store": "file"}, "version": LATEST}
    assert not migrate(document)
    found = resolve(document)
    assert (found.settings.secrets_store, found.told) == ("file", ())


def test_every_step_is_taken_once_and_in_order() -> None:
    taken: list[int] = []

    def step(number: int) -> Any:
        def rename(document: Document) -> None:
            taken.append(number)
            document[f"v{number + 1}"] = document.pop(f"v{number}")

        return rename

    steps = [step(number) for number in range(4)]
    document: Document = {"version": 1, "v1": "kept"}
    assert migrate(document, steps)
    assert document == {"version": 4, "v4": "kept"}
    assert taken == [1, 2, 3]
    assert not migrate(document, steps)


@pytest.mark.parametrize("version", [LATEST, LATEST + 1, 10**9])
def test_a_newer_form_stays_as_it_is(version: int) -> None:
    document: Document = {"version": version, "secrets": {"store": "file"}}
    assert not migrate(document)
    assert document["version"] == version
    assert resolve(document).told == ()


@pytest.mark.parametrize("version", ["1", True, -1, 1.0, [], {"x": 1}])
def test_what_is_no_version_is_told_and_nothing_is_migrated(version: object) -> None:
    document: Document = {"version": version, "secrets": {"store": "file"}}
    assert not is_version(version)
    assert not migrate(document)
    found = resolve(document)
    assert found.settings.secrets_store == "file"
    assert [(info.code, info.params["key"]) for info in found.told] == [("ISCB-SET-VALUE", "version")]
