from __future__ import annotations

from pathlib import Path

import pytest

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.personality import TRAITS, UNKNOWNS, Personality, Trait


@pytest.mark.parametrize("trait", TRAITS, ids=lambda trait: trait.key)
def test_each_trait_is_declared_in_full(trait: Trait) -> None:
    assert trait.check(trait.default) == trait.default
    assert trait.meaning.endswith((".", "none."))
    assert trait.unknown in UNKNOWNS
    assert trait.choices or isinstance(trait.default, int) or trait.key in ("license_content", "license_product")


def test_keys_are_unique() -> None:
    assert len({trait.key for trait in TRAITS}) == len(TRAITS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("identity", "colour"),
        ("identity", 1),
        ("upload_speed", -1),
        ("upload_speed", "fast"),
        ("upload_speed", True),
        ("upload_speed", 1.5),
        ("late_result_max", 0),
        ("license_content", None),
        ("no_such_trait", "x"),
        ("hang", ["no"]),
    ],
)
def test_bad_values_change_nothing(tmp_path: Path, key: str, value: object) -> None:
    personality = Personality(tmp_path / "p.json")
    with pytest.raises(SandboxError) as caught:
        personality.set({"results": "never", key: value})
    assert caught.value.code == "ISCB-SANDBOX-PERSONALITY"
    assert caught.value.params["key"] == key
    assert personality.different() == {}
    assert not (tmp_path / "p.json").exists()


def test_values_outlive_the_process_and_can_be_reset(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    Personality(path).set({"results": "doubled", "upload_speed": "1000"})
    again = Personality(path)
    assert again.different() == {"results": "doubled", "upload_speed": 1000}
    again.set({"hang": "calls"}, reset=True)
    assert Personality(path).different() == {"hang": "calls"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'{"identity": "colour", "what": 1}'])
def test_a_file_that_makes_no_sense_means_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    assert Personality(path).different() == {}


def test_a_counted_trait_is_used_up_on_disk_before_it_acts(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    personality = Personality(path)
    personality.set({"crash": "upload", "crash_times": 2})
    assert personality.take("crash", "after_commit") == "upload"
    assert personality.number("crash_times") == 2, "another place does not count"
    assert personality.take("crash", "upload") == "upload"
    assert Personality(path).different() == {"crash": "upload"}, "once more"
    assert personality.take("crash", "upload") == "upload"
    assert Personality(path).different() == {}
    assert personality.take("crash", "upload") == "never"


def test_zero_times_means_always(tmp_path: Path) -> None:
    personality = Personality(tmp_path / "p.json")
    personality.set({"results": "never"})
    assert [personality.take("results") for _ in range(3)] == ["never"] * 3


def test_failures_count_down(tmp_path: Path) -> None:
    personality = Personality(tmp_path / "p.json")
    personality.set({"fail_next": 2})
    assert [personality.take_failure() for _ in range(3)] == [True, True, False]
    assert Personality(tmp_path / "p.json").number("fail_next") == 0
