"""Signed licences against the verifier. They are made by the tests' own few lines, from the document."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import DeviceError, LicenseError
from iscbridge.core.licensing.delivery import VERDICTS
from iscbridge.core.licensing.model import Machine
from iscbridge.lease import ed25519
from iscbridge.licensefile import verifier
from iscbridge.licensefile.verifier import Verified, inspect, public_key_bytes, verify
from support.signed_license import FINGERPRINT, KEY, NOW, OTHER_KEY, PUBLIC, b64, licence, public, sealed

DAY = 86_400
GOOD = licence(
    expires="2027-11-22T00:00:00Z", device=FINGERPRINT, features=["mesh", {"seats": 3}], note="bought in 南京"
)


def compare(device: str) -> Machine:
    return Machine.SAME if device == FINGERPRINT else Machine.OTHER


def check(text: str | bytes, *, product: str = "flowcad", now: float = NOW, key: str = PUBLIC) -> Verified:
    return verify(text, key, product, compare, now)


def refusal(text: str | bytes, **more: object) -> str:
    with pytest.raises(LicenseError) as caught:
        check(text, **more)  # type: ignore[arg-type]  # test data
    return caught.value.code.removeprefix("ISCB-LIC-")


def test_a_good_licence():
    found = check(GOOD)
    assert (found.expires, found.id, found.features) == (1_826_841_600.0, "L-1", ["mesh", {"seats": 3}])
    assert found.members["note"] == "bought in 南京", "unknown members are kept"


def test_a_licence_for_any_machine_without_an_end():
    found = verify(licence(), PUBLIC, "flowcad", lambda _: pytest.fail("nothing to compare"), NOW)
    assert (found.expires, found.features) == (None, None)


@pytest.mark.parametrize(
    "around",
    ["{}\n", "{}\r\n", "\ufeff{}", "\ufeff{}\r\n\r\n", " \t{}\n ", "\n\ufeff{}"],
    ids=["line", "crlf", "bom", "bom crlf", "blanks", "blank line first"],
)
def test_what_editors_put_around_does_no_harm(around):
    text = around.format(GOOD)
    assert check(text) == check(text.encode()) == check(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff",
        "ISCLIC1",
        "ISCLIC1..",
        "ISCLIC1.e30",
        GOOD.replace(".", "", 1),
        GOOD + ".",
        GOOD + "." + GOOD,
        GOOD + "\n" + GOOD,
        GOOD.replace("ISCLIC1", "isclic1"),
        GOOD.replace("ISCLIC1", "ISCLIC2"),
        GOOD.replace("ISCLIC1.", "ISCLIC1.\n"),
        GOOD + "=",
        GOOD + "\0",
        GOOD + "\u00a0",
        "x" + GOOD,
        '{"license": "' + GOOD + '"}',
        "0078369f54-a3ce-4dc7-8a62-904555416f9000",
        GOOD.encode("utf-16"),
        b"\xff\xfe" + GOOD.encode(),
        " " * (verifier.SIZE_LIMIT + 1),
        GOOD + " " * verifier.SIZE_LIMIT,
    ],
)
def test_what_is_not_of_the_form(text):
    assert refusal(text) == "FILE-FORMAT"


def test_a_newer_form_says_so():
    with pytest.raises(LicenseError) as caught:
        check(GOOD.replace("ISCLIC1", "ISCLIC2"))
    assert "version" in caught.value.params["detail"]


# -- signature


def test_another_vendor_s_licence():
    assert refusal(licence(OTHER_KEY)) == "FILE-SIGNATURE"
    assert check(licence(OTHER_KEY), key=public(OTHER_KEY)).id == "L-1"


def test_the_name_of_the_form_is_signed():
    payload = GOOD.split(".")[1]
    bare = f"ISCLIC1.{payload}.{b64(KEY.sign(payload.encode()))}"
    assert refusal(bare) == "FILE-SIGNATURE"


def test_parts_of_two_good_licences_do_not_go_together():
    first, second = GOOD.split("."), licence(id="L-2").split(".")
    assert refusal(".".join((first[0], first[1], second[2]))) == "FILE-SIGNATURE"


@pytest.mark.parametrize(
    "members", [{"alg": "none"}, {"alg": "HS256"}, {"jwk": {"kty": "OKP", "x": "AA"}}, {"kid": "1"}]
)
def test_a_licence_has_no_say_in_how_it_is_verified(members):
    unsigned = licence(**members).rsplit(".", 1)[0]
    assert refusal(f"{unsigned}.{b64(bytes(64))}") == "FILE-SIGNATURE"
    assert refusal(f"{unsigned}.") == "FILE-FORMAT"
    assert check(licence(**members)).id == "L-1", "such members mean nothing"


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length(size):
    assert refusal(f"{GOOD.rsplit('.', 1)[0]}.{b64(bytes(size))}") in {"FILE-SIGNATURE", "FILE-FORMAT"}


def test_the_second_number_that_fits_the_equation_is_no_second_signature():
    order = 2**252 + 27742317777372353535851937790883648493
    signed, signature = GOOD.rsplit(".", 1)
    raw = _raw(signature)
    for factor in range(1, 15):
        number = int.from_bytes(raw[32:], "little") + factor * order
        if number < 2**256:
            assert refusal(f"{signed}.{b64(raw[:32] + number.to_bytes(32, 'little'))}") == "FILE-SIGNATURE"


def _raw(part: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_second_spelling_of_the_same_signature_is_refused():
    # 64 bytes leave four bits of the last character unused
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(GOOD[-1])
    twins = [GOOD[:-1] + alphabet[(last & 0b110000) | low] for low in range(16)]
    assert GOOD in twins
    assert [text for text in twins if _accepted(text)] == [GOOD]


def _accepted(text: str) -> bool:
    try:
        check(text)
    except LicenseError:
        return False
    return True


PLACES = st.integers(0, len(GOOD) - 1)


@settings(max_examples=400)
@given(PLACES, st.characters())
def test_any_changed_character_is_refused(place, character):
    if character != GOOD[place]:
        assert not _accepted(GOOD[:place] + character + GOOD[place + 1 :])


def test_every_place_matters():
    for place, old in enumerate(GOOD):
        assert not _accepted(GOOD[:place] + ("A" if old != "A" else "B") + GOOD[place + 1 :])
        assert not _accepted(GOOD[:place] + GOOD[place + 1 :])


@settings(max_examples=100)
@given(PLACES, st.sampled_from("AZaz09-_."))
def test_any_added_character_is_refused(place, character):
    assert not _accepted(GOOD[:place] + character + GOOD[place:])


# -- keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "not base64 !",
        PUBLIC[:-4],
        PUBLIC + "AAAA",
        "é" * 44,
        b64(bytes(32)),
        "-----BEGIN PUBLIC KEY-----",
        PUBLIC.replace("=", "A"),
    ],
)
def test_what_is_no_public_key_says_nothing_of_the_licence(text):
    assert refusal(GOOD, key=text) == "VERIFY-KEY"
    assert "ISCB-LIC-VERIFY-KEY" not in VERDICTS


def test_a_key_may_be_spelled_in_both_alphabets_padded_or_not():
    spellings = {PUBLIC, PUBLIC.rstrip("="), b64(public_key_bytes(PUBLIC)), f" {PUBLIC}\n"}
    assert {check(GOOD, key=text).id for text in spellings} == {"L-1"}


PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME


def _add(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = first, second
    product = D * x1 * x2 * y1 * y2 % PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def _point(y: int) -> tuple[int, int]:
    y %= PRIME
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    root = pow(square, (PRIME + 3) // 8, PRIME)
    if (root * root - square) % PRIME:
        root = root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert (root * root - square) % PRIME == 0
    return root, y


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("weak", sorted(ed25519._WEAK_KEYS))
def test_a_key_for_which_anybody_could_sign_is_refused(weak, sign):
    point = _point(int.from_bytes(weak, "little"))
    for _ in range(3):
        point = _add(point, point)
    assert point == (0, 1), "eight times the point is the neutral one: it is of small order"
    assert refusal(GOOD, key=b64(weak[:-1] + bytes([weak[-1] | sign]))) == "VERIFY-KEY"


def test_all_small_orders_are_known():
    known = {_point(int.from_bytes(weak, "little"))[1] for weak in ed25519._WEAK_KEYS}
    assert len(known) == 5, "y of the eight points: 1, -1, 0 and two more"


# -- what it says


@pytest.mark.parametrize("product", ["FlowCAD", "flowcad ", "flow", "", "\uff46lowcad"])
def test_another_product(product):
    assert refusal(GOOD, product=product) == "FILE-PRODUCT"


@pytest.mark.parametrize(
    ("machine", "good"),
    [(Machine.SAME, True), (Machine.CHANGED, True), (Machine.UNKNOWN, True), (Machine.OTHER, False)],
)
def test_the_machine(machine, good):
    asked: list[str] = []

    def same(device: str) -> Machine:
        asked.append(device)
        return machine

    if good:
        verify(GOOD, PUBLIC, "flowcad", same, NOW)
    else:
        with pytest.raises(LicenseError, match="FILE-DEVICE"):
            verify(GOOD, PUBLIC, "flowcad", same, NOW)
    assert asked == [FINGERPRINT]


def test_a_fingerprint_that_can_t_be_taken_is_no_verdict():
    def fails(_: str) -> Machine:
        raise DeviceError("ISCB-DEVICE-LOAD", detail="gone")

    with pytest.raises(DeviceError):
        verify(GOOD, PUBLIC, "flowcad", fails, NOW)


def test_only_a_signed_licence_is_compared():
    with pytest.raises(LicenseError, match="SIGNATURE"):
        verify(licence(OTHER_KEY, device="x|||"), PUBLIC, "flowcad", lambda _: pytest.fail("asked"), NOW)


@pytest.mark.parametrize(("after", "good"), [(-DAY, True), (-1, True), (0, False), (1, False), (10 * DAY, False)])
def test_the_end(after, good):
    end = 1_826_841_600
    text = licence(expires=end)
    if good:
        assert check(text, now=end + after).expires == end
    else:
        assert refusal(text, now=end + after) == "FILE-EXPIRED"


@pytest.mark.parametrize(
    ("ahead", "good"), [(-DAY, True), (0, True), (DAY, True), (DAY + 1, False), (900 * DAY, False)]
)
def test_a_day_of_slack_for_the_clock(ahead, good):
    text = licence(issued=int(NOW) + ahead)
    if good:
        check(text)
    else:
        assert refusal(text) == "FILE-NOT-YET"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-11-22T00:00:00Z", NOW),
        ("2026-11-22T08:00:00+08:00", NOW),
        ("2026-11-21T14:30:00-09:30", NOW),
        ("2026-11-22T00:00:00.5Z", NOW + 0.5),
        (int(NOW), NOW),
        ("2000-01-01T00:00:00Z", 946_684_800.0),
        ("9999-12-31T23:59:59Z", 253_402_300_799.0),
    ],
)
def test_times(written, seconds):
    assert inspect(licence(issued=written)).issued == seconds
    assert inspect(licence(expires=written)).expires == seconds


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        "",
        0,
        -1,
        1.5,
        NOW,
        int(NOW) * 1000,
        10**18,
        str(int(NOW)),
        "2026-11-22",
        "2026-11-22T00:00:00",
        "2026-11-22 00:00:00Z",
        "2026-11-22T00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T00:00:60Z",
        "2026-02-30T00:00:00Z",
        "2026-11-22T00:00:00z",
        "2026-11-22T00:00:00+25:00",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "٢٠٢٦-11-22T00:00:00Z",
        "2026-W47-7T00:00:00Z",
        " 2026-11-22T00:00:00Z",
        "never",
        [],
        {},
    ],
)
def test_what_is_no_time(written):
    assert refusal(licence(expires=written)) == "FILE-FORMAT"
    assert refusal(licence(issued=written)) == "FILE-FORMAT"


@pytest.mark.parametrize(
    "changes",
    [
        {"product": ...},
        {"product": None},
        {"product": 7},
        {"product": ["flowcad"]},
        {"product": ""},
        {"product": "flow\ncad"},
        {"product": "x" * 257},
        {"id": ...},
        {"id": ""},
        {"id": 5},
        {"id": "x" * 129},
        {"id": "a\0b"},
        {"issued": ...},
        {"device": None},
        {"device": ""},
        {"device": "|||"},
        {"device": ",, |,||"},
        {"device": 5},
        {"device": [FINGERPRINT]},
        {"device": "x" * 5121},
        {"device": "é" * 2561},
        {"device": "a\n|||"},
    ],
)
def test_what_a_payload_may_not_say(changes):
    assert refusal(licence(**changes)) == "FILE-FORMAT"


PLAIN = '"product":"flowcad","issued":"2026-11-01T00:00:00Z","id":"L-1"'


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{}",
        "[]",
        "null",
        '"flowcad"',
        "7",
        "{" + PLAIN,
        "{" + PLAIN + "}{}",
        "{" + PLAIN + ',"product":"flowcad"}',
        "{" + PLAIN + ',"product":"other"}',
        "{" + PLAIN + ',"x":{"a":1,"a":1}}',
        "{" + PLAIN + ',"x":[{"\\u0061":1,"a":2}]}',
        "{" + PLAIN + ',"x":NaN}',
        "{" + PLAIN + ',"x":Infinity}',
        "{" + PLAIN + ',"x":-Infinity}',
        "{" + PLAIN + ',"x":1e400}',
        "{" + PLAIN + ',"x":-1e999}',
        "{" + PLAIN + ',"x":' + "9" * 20 + "}",
        "{" + PLAIN + ',"x":' + "9" * 40_000 + "}",
        "{" + PLAIN + ',"x":0.' + "9" * 40_000 + "}",
        "{" + PLAIN + ',"x":"\\ud800"}',
        "{" + PLAIN + ',"\\udfff":1}',
        "{" + PLAIN + ',"x":"a\nb"}',
        "{" + PLAIN + ',"x":' + "[" * 33 + "]" * 33 + "}",
        "{" + PLAIN + ',"x":' + "[" * 20_000 + "]" * 20_000 + "}",
        "{" + PLAIN + ',"x":' + '{"a":' * 6000 + "1" + "}" * 6000 + "}",
        "{" + PLAIN + ',"x":' + "[" * 40_000 + "}",
        "\ufeff{" + PLAIN + "}",
        "{" + PLAIN + ",}",
        "{'product':'flowcad'}",
        "// comment\n{" + PLAIN + "}",
    ],
)
def test_json_that_is_refused_even_if_signed(payload):
    assert refusal(sealed(payload.encode())) == "FILE-FORMAT"


def test_bytes_that_are_no_text_are_refused_even_if_signed():
    assert refusal(sealed(b'{"product":"\xff"}')) == "FILE-FORMAT"


@pytest.mark.parametrize(
    "extra", ['"x":1.5', '"x":9223372036854775807', '"x":[[[[1]]]]', '"x":"\\ud83d\\ude00"', '"y":null']
)
def test_json_that_is_taken(extra):
    assert check(sealed(("{ " + PLAIN + " , " + extra + "}").encode())).id == "L-1"


# -- fuzz


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(max_size=400))
@example(b"\xef\xbb\xbf")
def test_any_bytes_end_in_a_coded_error(text):
    with pytest.raises(LicenseError, match="FILE-FORMAT"):
        check(text)


PART = st.text("AZaz09-_=.+/ ", max_size=100) | st.binary(max_size=80).map(b64)


@settings(max_examples=300)
@given(PART, PART)
def test_any_parts_end_in_a_coded_error(payload, signature):
    with pytest.raises(LicenseError):
        check(f"ISCLIC1.{payload}.{signature}")


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_signed_bytes_end_in_a_coded_error(payload):
    with pytest.raises(LicenseError, match="FILE-FORMAT"):
        check(sealed(payload))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)
TIMES = st.integers() | st.datetimes().map(lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ")) | JSON


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "product": st.just("flowcad") | JSON,
            "id": st.just("L-1") | JSON,
            "issued": st.just(1_700_000_000) | TIMES,
            "expires": TIMES,
            "device": st.just(FINGERPRINT) | JSON,
            "features": JSON,
            "x": JSON,
        },
    )
)
def test_any_signed_payload_is_verified_or_ends_in_a_coded_error(members):
    try:
        found = check(sealed(json.dumps(members).encode("utf-8", "surrogatepass")))
    except LicenseError:
        return
    assert found.id == members["id"]
    assert members["product"] == "flowcad"
    assert found.expires is None or found.expires > NOW


# -- files


def test_a_file(tmp_path):
    path = tmp_path / "许可 1.lic"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n")
    assert check(verifier.read(str(path))).id == "L-1"


def test_a_file_of_the_greatest_size(tmp_path):
    path = tmp_path / "l"
    path.write_bytes(GOOD.encode().ljust(verifier.SIZE_LIMIT))
    assert check(verifier.read(str(path))).id == "L-1"
    path.write_bytes(GOOD.encode().ljust(verifier.SIZE_LIMIT + 1))
    with pytest.raises(LicenseError, match="FILE-UNREADABLE"):
        verifier.read(str(path))


@pytest.mark.parametrize("name", ["missing", "folder", "", "relative.lic", "bad\0name", "half\ud800", "x" * 5000])
def test_a_file_that_can_t_be_read(tmp_path, name):
    (tmp_path / "folder").mkdir()
    path = name if name in ("", "relative.lic") else f"{tmp_path}/{name}"
    with pytest.raises(LicenseError) as caught:
        verifier.read(path)
    assert caught.value.code == "ISCB-LIC-FILE-UNREADABLE"
    assert caught.value.params["detail"]
    assert caught.value.code not in VERDICTS
