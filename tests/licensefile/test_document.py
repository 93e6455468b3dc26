"""`docs/licensing.md` says of delivered licences what the code does, and its test licence is a good one."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from iscbridge.core.errors import LicenseError
from iscbridge.core.licensing.delivery import QUEUE_LIMIT, VERDICTS, DeliveryTimes
from iscbridge.core.licensing.model import Machine
from iscbridge.licensefile import payload as limits
from iscbridge.licensefile import signer, verifier
from support.checkout import ROOT, table_rows
from support.signed_license import NOW

DOCUMENT = ROOT / "docs" / "licensing.md"
PAGE = DOCUMENT.read_text(encoding="utf-8").partition("## Licences delivered by ISCDesk")[2].partition("\n## ")[0]


def value(name: str) -> str:
    (found,) = re.findall(rf"^{re.escape(name)} +(.+)$", PAGE, re.MULTILINE)
    return str(found)


def test_the_licence_in_the_document_is_good():
    found = verifier.verify(value("licence"), value("verify_key"), "AcmeCAD", lambda _: Machine.SAME, NOW)
    assert (found.id, found.features) == ("L-0001", ["mesh", "cfd"])
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value("private key (hex)")))
    assert signer.public_key_text(key) == value("verify_key")
    assert signer.sign(dict(found.members), key) == value("licence")
    assert limits.encode(found.members).decode() == value("payload")


def test_the_members_are_the_code_s():
    rows = {row[0].strip("`"): row for row in table_rows(DOCUMENT, "member")}
    whole = {"product": "p", "id": "1", "issued": 1_700_000_000, "expires": 1_800_000_000, "device": "a", "features": 1}
    assert set(rows) == set(whole)
    for name, row in rows.items():
        rest = {key: member for key, member in whole.items() if key != name}
        if row[2] == "no":
            limits.check(rest)
            continue
        with pytest.raises(LicenseError):
            limits.check(rest)


def test_the_figures_are_the_code_s():
    times = DeliveryTimes()
    for words in (
        f"at most {QUEUE_LIMIT} wait",
        f"no event within {times.event_s:.0f} s",
        f"begins {times.owed_s:.0f} s later ({times.refused_s:.0f} s after a refused call), or {times.settle_s:.0f} s",
        f"within {times.host_s / 60:.0f} minutes",
        f"At most {verifier.SIZE_LIMIT // 1024} KiB",
        f"1 to {limits.PRODUCT_LIMIT} printable",
        f"1 to {limits.ID_LIMIT} printable",
        f"1 to {limits.DEVICE_LIMIT} bytes",
        f"at most {limits.DEPTH_LIMIT} levels",
        f"it may be {verifier.SLACK_S / 3600:.0f} hours ahead",
    ):
        assert words in PAGE


def test_every_verdict_is_named():
    assert {code for code in VERDICTS if code not in PAGE} == set()
