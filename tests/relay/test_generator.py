"""Licences: of the built-in form, which the desktop verifies, and of a vendor's program that may be anything."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from iscbridge.core.errors import LicenseError, RelayError
from iscbridge.core.licensing.model import Machine
from iscbridge.licensefile.signer import public_key_text
from iscbridge.licensefile.verifier import verify
from iscbridge.relay.config import Product
from iscbridge.relay.secrets import Secrets
from iscbridge.relay.upstream.generator import LARGEST, Application, Generator
from support.relay_parts import NOW, write_secret

ISSUED = int(NOW)
APPLIED = Application(
    id="id-1", instance="I1", order="CS1", order_line="CS1-000001", store_product="OFFI1", product="AcmeCAD",
    features=("solids", "sheets"), fingerprint="AA:BB|disk|board|cpu", event="E1", issued=ISSUED, effective=None,
    expires=ISSUED + 30 * 86_400, test=False,
)  # fmt: skip
BUILT_IN = Product(name="AcmeCAD")


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def generator(tmp_path, key):
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    write_secret(tmp_path / "secrets", "license_key", pem)
    return Generator(Secrets(tmp_path / "secrets", {}))


def opened(licence, key, now=NOW):
    def same(device):
        return Machine.SAME if device == APPLIED.fingerprint else Machine.OTHER

    return verify(licence, public_key_text(key), "AcmeCAD", same, now)


def program(tmp_path, text):
    path = tmp_path / "make.py"
    path.write_text("import json, os, sys, time\n" + textwrap.dedent(text), encoding="utf-8")
    return Product(name="AcmeCAD", generator=(sys.executable, "-I", str(path)), generator_s=20)


class TestBuiltIn:
    def test_the_desktop_takes_it(self, generator, key):
        found = opened(generator.make(BUILT_IN, APPLIED), key)
        assert (found.id, found.expires, found.features) == ("id-1", APPLIED.expires, ["solids", "sheets"])

    def test_repeated_it_is_the_same_to_the_letter(self, generator):
        assert generator.make(BUILT_IN, APPLIED) == generator.make(BUILT_IN, APPLIED)

    def test_it_is_for_one_machine(self, generator, key):
        licence = generator.make(BUILT_IN, replace(APPLIED, fingerprint="other|machine||"))
        with pytest.raises(LicenseError, match="ISCB-LIC-FILE-DEVICE"):
            opened(licence, key)

    def test_not_before_it_takes_effect(self, generator, key):
        licence = generator.make(BUILT_IN, replace(APPLIED, effective=ISSUED + 5 * 86_400))
        with pytest.raises(LicenseError, match="ISCB-LIC-FILE-NOT-YET"):
            opened(licence, key)

    def test_without_an_end(self, generator, key):
        assert opened(generator.make(BUILT_IN, replace(APPLIED, expires=None)), key).expires is None

    def test_one_of_a_test_ends_after_a_day(self, generator, key):
        found = opened(generator.make(BUILT_IN, replace(APPLIED, test=True, expires=None)), key)
        assert found.expires == ISSUED + 86_400
        assert found.members["test"] is True

    def test_without_a_key(self, tmp_path):
        with pytest.raises(RelayError, match="ISCB-RELAY-SECRET"):
            Generator(Secrets(tmp_path, {})).make(BUILT_IN, APPLIED)

    def test_a_key_that_is_none(self, tmp_path):
        with pytest.raises(RelayError, match="ISCB-RELAY-SECRET"):
            Generator(Secrets(tmp_path, {"ISCBRIDGE_RELAY_LICENSE_KEY": "no PEM"})).make(BUILT_IN, APPLIED)

    def test_what_no_licence_can_say(self, generator):
        with pytest.raises(LicenseError, match="ISCB-LIC-FILE-FORMAT"):
            generator.make(BUILT_IN, replace(APPLIED, fingerprint="||"))


class TestProgram:
    def test_gets_the_application_and_writes_the_licence(self, generator, tmp_path):
        made = program(tmp_path, """
            asked = json.load(sys.stdin)
            print("LICENCE", asked["form"], asked["fingerprint"], asked["expires"], *asked["features"])
        """)  # fmt: skip
        expected = f"LICENCE 1 {APPLIED.fingerprint} {APPLIED.expires} solids sheets"
        assert generator.make(made, APPLIED) == expected.encode()

    def test_sees_nothing_of_the_relay(self, tmp_path):
        secrets = Secrets(tmp_path, {})
        surroundings = {**os.environ, "ISCBRIDGE_RELAY_STORE_SK": "secret", "AWS_TOKEN": "secret", "HOME": "/root"}
        made = program(tmp_path, """
            print(json.dumps({"env": sorted(os.environ), "files": os.listdir(), "at": os.getcwd()}))
        """)  # fmt: skip
        seen = json.loads(Generator(secrets, surroundings).make(made, APPLIED))
        assert not {"ISCBRIDGE_RELAY_STORE_SK", "AWS_TOKEN", "HOME"} & set(seen["env"])
        assert seen["files"] == []
        assert not os.path.exists(seen["at"])

    def test_no_shell_reads_its_arguments(self, generator, tmp_path):
        made = program(tmp_path, "print(sys.argv[1])")
        made = Product(name="AcmeCAD", generator=(*made.generator, "$(id); `id` & echo"))
        assert generator.make(made, APPLIED) == b"$(id); `id` & echo"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("sys.exit(3)", "ended with 3"),
            ("print('a licence'); sys.exit(1)", "ended with 1"),
            ("pass", "wrote no licence"),
            (f"sys.stdout.write('x' * ({LARGEST} + 1)); sys.stdout.flush(); time.sleep(60)", "wrote more"),
            ("while True: sys.stdout.write('x' * 4096)", "wrote more"),
        ],
    )
    def test_what_is_no_licence(self, generator, tmp_path, text, words):
        with pytest.raises(RelayError, match=words):
            generator.make(program(tmp_path, text), APPLIED)

    def test_has_a_bounded_time(self, generator, tmp_path):
        slow = program(tmp_path, "time.sleep(600)")
        with pytest.raises(RelayError, match="longer than 1 s"):
            generator.make(Product(name="AcmeCAD", generator=slow.generator, generator_s=1), APPLIED)

    @pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
    def test_what_it_started_ends_with_it(self, generator, tmp_path):
        made = program(tmp_path, f"""
            child = os.fork()
            if child == 0:
                time.sleep(600)
            open({str(tmp_path / "child")!r}, "w").write(str(child))
            time.sleep(600)
        """)  # fmt: skip
        with pytest.raises(RelayError, match="longer than"):
            generator.make(Product(name="AcmeCAD", generator=made.generator, generator_s=2), APPLIED)
        child = int((tmp_path / "child").read_text())
        state = "gone"
        if os.path.exists(f"/proc/{child}/stat"):
            with open(f"/proc/{child}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        assert state in {"gone", "Z", "X"}

    def test_ends_when_the_relay_does(self, generator, tmp_path):
        generator.close()
        with pytest.raises(RelayError, match="ISCB-RELAY-GENERATOR"):
            generator.make(program(tmp_path, "time.sleep(600)"), APPLIED)

    def test_that_is_not_there(self, generator, tmp_path):
        with pytest.raises(RelayError, match="can't be started"):
            generator.make(Product(name="AcmeCAD", generator=(str(tmp_path / "none"),)), APPLIED)
