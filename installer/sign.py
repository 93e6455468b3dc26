#!/usr/bin/env python3
"""Signs programs, libraries and packages for Windows with the certificate that the environment names (osslsigncode).

    python installer/sign.py FILE...                 # sign each file in its place
    python installer/sign.py --verify CA.pem FILE... # is each file signed by a certificate of this authority?
    python installer/sign.py --throw-away FOLDER     # a certificate for tests: test.p12, password.txt, ca.pem

| variable | what it holds |
|---|---|
| `ISCBRIDGE_SIGN_CERTIFICATE` | path of the certificate with its key (PKCS #12); without it nothing can be signed |
| `ISCBRIDGE_SIGN_PASSWORD_FILE` | path of a file with its password |
| `ISCBRIDGE_SIGN_PASSWORD` | or the password itself |
| `ISCBRIDGE_SIGN_TIMESTAMP` | address of a time-stamping service; without it a signature ends with its certificate |

The password is on no command line and in no output. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CERTIFICATE, PASSWORD_FILE = "ISCBRIDGE_SIGN_CERTIFICATE", "ISCBRIDGE_SIGN_PASSWORD_FILE"
PASSWORD, TIMESTAMP = "ISCBRIDGE_SIGN_PASSWORD", "ISCBRIDGE_SIGN_TIMESTAMP"


class SignError(Exception):
    """Nothing was signed, or a signature does not hold; the text says why and holds no password."""


def can_sign(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names a certificate."""
    return bool(environment.get(CERTIFICATE))


def sign(files: Sequence[Path], environment: Mapping[str, str] = os.environ) -> None:
    """Sign each file in its place; one that can't be signed stays as it was.

    Raises:
        SignError: there is no certificate, or signing failed.
    """
    certificate = environment.get(CERTIFICATE)
    if not certificate:
        raise SignError(f"{CERTIFICATE} names no certificate")
    with tempfile.TemporaryDirectory(prefix="iscbridge-sign-") as name:
        password = environment.get(PASSWORD_FILE)
        if not password:
            password = str(Path(name) / "password")
            with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                file.write(environment.get(PASSWORD, ""))
        for path in files:
            signed = Path(name) / path.name
            _run(["osslsigncode", "sign", "-pkcs12", certificate, "-readpass", password, "-h", "sha256", "-n", "ISCBridge",
                  *_timestamp(environment), "-in", str(path), "-out", str(signed)])  # fmt: skip
            path.write_bytes(signed.read_bytes())


def verify(files: Sequence[Path], authority: Path) -> None:
    """Check each file's signature.

    Raises:
        SignError: a file has none, was changed afterwards, or another authority stands behind it.
    """
    for path in files:
        # Certificates name lists of withdrawn ones, which would be fetched; that is Windows' part.
        said = _run(["osslsigncode", "verify", "-ignore-cdp", "-CAfile", str(authority), "-in", str(path)])
        if "Signature verification: ok" not in said:
            raise SignError(f"{path.name}: the signature was not found good:\n{said}")


def make_throw_away(folder: Path) -> dict[str, str]:
    """Make a certificate for tests; the variables by which it is used. Its authority is `ca.pem`, itself.

    Raises:
        SignError: openssl is missing or failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    password, key = folder / "password.txt", folder / "key.pem"
    with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(16))
    _run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ISCBridge test, not to be trusted",
          "-addext", "keyUsage=critical,digitalSignature,keyCertSign", "-addext", "extendedKeyUsage=codeSigning",
          "-keyout", str(key), "-out", str(folder / "ca.pem")])  # fmt: skip
    _run(["openssl", "pkcs12", "-export", "-inkey", str(key), "-in", str(folder / "ca.pem"),
          "-passout", f"file:{password}", "-out", str(folder / "test.p12")])  # fmt: skip
    key.unlink()
    return {CERTIFICATE: str(folder / "test.p12"), PASSWORD_FILE: str(password)}


def _timestamp(environment: Mapping[str, str]) -> list[str]:
    address = environment.get(TIMESTAMP)
    return ["-ts", address] if address else []


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False)  # fmt: skip
    except FileNotFoundError:
        raise SignError(f"{command[0]} is not installed") from None
    if done.returncode:
        raise SignError(f"{command[0]} {command[1]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def main(argv: Sequence[str] | None = None) -> int:
    """Sign, verify or make a certificate; exit code 0, or 1 and why not."""
    parser = argparse.ArgumentParser(prog="sign.py", description="Sign files for Windows")
    parser.add_argument("--verify", type=Path, metavar="CA.pem")
    parser.add_argument("--throw-away", type=Path, metavar="FOLDER")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    try:
        if options.throw_away:
            for name, value in make_throw_away(options.throw_away).items():
                sys.stdout.write(f"{name}={value}\n")
        elif options.verify:
            verify(options.files, options.verify)
        else:
            sign(options.files)
    except SignError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
