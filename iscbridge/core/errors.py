"""The error tree. Every error that a person or a host can see is one of these, with one code.

    BridgeError
    +-- RequestError     ISCB-REQ-*      what was asked can't be understood or can't be true
    +-- FileError        ISCB-FILE-*     a file on this machine or a share
    +-- AssemblyError    ISCB-ASM-*      a rule of assemblies (guide page Sdk::Save)
    +-- CloudError       ISCB-CLOUD-*    what the cloud said, or did not say
    +-- SdkError         ISCB-SDK-*      the SDK library and its process
    +-- JournalError     ISCB-JOURNAL-*  the journal and the snapshot store
    +-- LicenseError     ISCB-LIC-*      the licence of a host's product: its state, its policy, its record
    +-- StoreError       ISCB-STORE-*    the store's Open API: what it answered, or that it did not
    +-- SecretError      ISCB-SECRET-*   where codes and keys are kept
    +-- DeviceError      ISCB-DEVICE-*   the device fingerprint
    +-- HostError        ISCB-HOST-*     CAD applications: their descriptions, and putting add-ins into them
    +-- SettingsError    ISCB-SET-*      settings and the vendor's policy files
    +-- BridgeRunError   ISCB-BRIDGE-*   this bridge: not running, second instance, closing
    +-- ProtocolError    ISCB-PROTO-*    the local protocol
    +-- RelayError       ISCB-RELAY-*    the vendor's licence relay: its settings, and what it refuses
    +-- SandboxError     ISCB-SANDBOX-*  the stand-ins of desk and cloud

Texts (title, what happened, what to do) stand in `iscbridge.texts.en` and `.zh` under the code. Foreign
errors are translated once, where they come in. This module imports nothing heavy: clients load it.
"""

from __future__ import annotations

from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo


class Retry(StrEnum):
    """Whether doing the same again can help."""

    NO = "no"
    SAME = "same"
    """Yes, as it is: the cause may pass by itself."""
    AFTER_FIX = "afterFix"
    """Yes, once the remedy was carried out."""


#: Every code and whether a retry helps. Texts and subclass follow from the code.
CODES: dict[str, Retry] = {
    # what was asked
    "ISCB-REQ-PARAMS": Retry.NO,
    "ISCB-REQ-PATH-EMPTY": Retry.NO,
    "ISCB-REQ-PATH-RELATIVE": Retry.NO,
    "ISCB-REQ-PATH-ENCODING": Retry.NO,
    "ISCB-REQ-PATH-TOO-LONG": Retry.AFTER_FIX,
    "ISCB-REQ-PATH-DEVICE": Retry.NO,
    "ISCB-REQ-ID-REUSED": Retry.NO,
    "ISCB-REQ-NO-SUCH-JOB": Retry.NO,
    "ISCB-REQ-WRONG-STATE": Retry.NO,
    "ISCB-REQ-MANIFEST": Retry.AFTER_FIX,
    "ISCB-REQ-TOO-MANY": Retry.SAME,
    "ISCB-REQ-NO-COPY": Retry.NO,
    "ISCB-REQ-NOT-WATCHED": Retry.AFTER_FIX,
    # files
    "ISCB-FILE-MISSING": Retry.AFTER_FIX,
    "ISCB-FILE-IS-FOLDER": Retry.AFTER_FIX,
    "ISCB-FILE-NOT-REGULAR": Retry.NO,
    "ISCB-FILE-LOOP": Retry.AFTER_FIX,
    "ISCB-FILE-LOCKED": Retry.SAME,
    "ISCB-FILE-DENIED": Retry.AFTER_FIX,
    "ISCB-FILE-UNREADABLE": Retry.SAME,
    "ISCB-FILE-RESTLESS": Retry.SAME,
    "ISCB-FILE-TORN": Retry.SAME,
    "ISCB-FILE-SHARE-SLOW": Retry.SAME,
    "ISCB-FILE-PATH-NOT-EXPRESSIBLE": Retry.AFTER_FIX,
    "ISCB-FILE-TARGET": Retry.AFTER_FIX,
    "ISCB-FILE-EXISTS": Retry.AFTER_FIX,
    "ISCB-FILE-NOT-WRITTEN": Retry.AFTER_FIX,
    # assemblies
    "ISCB-ASM-MISSING-PARTS": Retry.AFTER_FIX,
    "ISCB-ASM-NAME-COLLISION": Retry.AFTER_FIX,
    "ISCB-ASM-OUTSIDE": Retry.AFTER_FIX,
    "ISCB-ASM-NO-MAIN": Retry.AFTER_FIX,
    "ISCB-ASM-FORMAT": Retry.AFTER_FIX,
    "ISCB-ASM-TOO-LARGE": Retry.NO,
    "ISCB-ASM-SCATTERED": Retry.AFTER_FIX,
    "ISCB-ASM-ABSOLUTE": Retry.AFTER_FIX,
    # cloud
    "ISCB-CLOUD-FAILED": Retry.SAME,
    "ISCB-CLOUD-OPENED-READ-ONLY": Retry.AFTER_FIX,
    "ISCB-CLOUD-NO-RESULT": Retry.AFTER_FIX,
    "ISCB-CLOUD-RESULT-CONFLICT": Retry.AFTER_FIX,
    "ISCB-CLOUD-CANCELLED-LATE": Retry.AFTER_FIX,
    "ISCB-CLOUD-BAD-RESULT": Retry.AFTER_FIX,
    # SDK
    "ISCB-SDK-NOT-CONFIGURED": Retry.AFTER_FIX,
    "ISCB-SDK-LOAD": Retry.AFTER_FIX,
    "ISCB-SDK-ABI": Retry.AFTER_FIX,
    "ISCB-SDK-INIT": Retry.SAME,
    "ISCB-SDK-CALL-REFUSED": Retry.SAME,
    "ISCB-SDK-CRASHED": Retry.SAME,
    "ISCB-SDK-HUNG": Retry.SAME,
    "ISCB-SDK-GAVE-UP": Retry.AFTER_FIX,
    "ISCB-SDK-DESK-CLOSED": Retry.AFTER_FIX,
    "ISCB-SDK-NOT-CONNECTED": Retry.SAME,
    "ISCB-SDK-NO-ANSWER": Retry.SAME,
    "ISCB-SDK-UNSUPPORTED": Retry.NO,
    # journal
    "ISCB-JOURNAL-DISK-FULL": Retry.AFTER_FIX,
    "ISCB-JOURNAL-IO": Retry.AFTER_FIX,
    "ISCB-JOURNAL-DAMAGED": Retry.NO,
    "ISCB-JOURNAL-NEWER": Retry.AFTER_FIX,
    "ISCB-JOURNAL-SNAPSHOT-LOST": Retry.AFTER_FIX,
    # licences
    "ISCB-LIC-NO-POLICY": Retry.AFTER_FIX,
    "ISCB-LIC-NOT-ACTIVATED": Retry.AFTER_FIX,
    "ISCB-LIC-EXPIRED": Retry.AFTER_FIX,
    "ISCB-LIC-EXPIRED-NO-URL": Retry.AFTER_FIX,
    "ISCB-LIC-FROZEN": Retry.AFTER_FIX,
    "ISCB-LIC-FROZEN-NO-URL": Retry.AFTER_FIX,
    "ISCB-LIC-RELEASED": Retry.AFTER_FIX,
    "ISCB-LIC-REFUSED": Retry.AFTER_FIX,
    "ISCB-LIC-GRACE-OVER": Retry.SAME,
    "ISCB-LIC-CLOCK": Retry.AFTER_FIX,
    "ISCB-LIC-MACHINE": Retry.AFTER_FIX,
    "ISCB-LIC-ACTIVATION-OPEN": Retry.SAME,
    "ISCB-LIC-BUSY": Retry.SAME,
    "ISCB-LIC-BY-DESK": Retry.NO,
    "ISCB-LIC-LOADING": Retry.SAME,
    "ISCB-LIC-NO-ANSWER": Retry.SAME,
    "ISCB-LIC-CODE-LOST": Retry.AFTER_FIX,
    "ISCB-LIC-NO-AUTHORITY": Retry.AFTER_FIX,
    # secrets
    "ISCB-SECRET-FILE-SHARED": Retry.AFTER_FIX,
    # store
    "ISCB-STORE-NO-KEYS": Retry.AFTER_FIX,
    # settings
    "ISCB-SET-POLICY": Retry.AFTER_FIX,
    "ISCB-SET-POLICY-VALUE": Retry.AFTER_FIX,
    # secrets
    "ISCB-SECRET-NONE": Retry.AFTER_FIX,
    "ISCB-SECRET-LOCKED": Retry.SAME,
    "ISCB-SECRET-IO": Retry.SAME,
    "ISCB-SECRET-EXPOSED": Retry.AFTER_FIX,
    "ISCB-SECRET-DAMAGED": Retry.AFTER_FIX,
    # settings
    "ISCB-SET-FILE": Retry.AFTER_FIX,
    "ISCB-SET-UNREADABLE": Retry.AFTER_FIX,
    "ISCB-SET-VALUE": Retry.AFTER_FIX,
    "ISCB-SET-UNKNOWN": Retry.AFTER_FIX,
    "ISCB-SET-SET-ASIDE": Retry.AFTER_FIX,
    "ISCB-SET-WRITE": Retry.AFTER_FIX,
    "ISCB-SET-EDIT": Retry.AFTER_FIX,
    "ISCB-SET-LOCKED": Retry.AFTER_FIX,
    "ISCB-SET-MACHINE": Retry.AFTER_FIX,
    "ISCB-SET-MACHINE-VALUE": Retry.AFTER_FIX,
    "ISCB-SET-MACHINE-RIGHTS": Retry.AFTER_FIX,
    # license records
    "ISCB-LIC-RECORD-EDITED": Retry.AFTER_FIX,
    "ISCB-LIC-RECORD-COPIED": Retry.AFTER_FIX,
    "ISCB-LIC-RECORD-ROLLED-BACK": Retry.AFTER_FIX,
    "ISCB-LIC-RECORD-DAMAGED": Retry.AFTER_FIX,
    "ISCB-LIC-RECORD-MISSING": Retry.AFTER_FIX,
    "ISCB-LIC-RECORD-NEWER": Retry.AFTER_FIX,
    "ISCB-LIC-NO-DELIVERY": Retry.SAME,
    "ISCB-LIC-DELIVERY-FAILED": Retry.AFTER_FIX,
    "ISCB-LIC-STRAY-DELIVERY": Retry.NO,
    "ISCB-LIC-NOT-ASKED": Retry.NO,
    "ISCB-LIC-NOT-VERIFIED": Retry.SAME,
    "ISCB-LIC-HOST-REFUSED": Retry.AFTER_FIX,
    "ISCB-LIC-VERIFY-KEY": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-FORMAT": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-SIGNATURE": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-PRODUCT": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-DEVICE": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-EXPIRED": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-NOT-YET": Retry.AFTER_FIX,
    "ISCB-LIC-FILE-UNREADABLE": Retry.SAME,
    "ISCB-LIC-LEASE-FORMAT": Retry.SAME,
    "ISCB-LIC-LEASE-KEY": Retry.AFTER_FIX,
    "ISCB-LIC-LEASE-SIGNATURE": Retry.AFTER_FIX,
    "ISCB-LIC-LEASE-PRODUCT": Retry.SAME,
    "ISCB-LIC-LEASE-DEVICE": Retry.SAME,
    "ISCB-LIC-LEASE-REPLAY": Retry.SAME,
    "ISCB-LIC-RELAY-POLICY": Retry.AFTER_FIX,
    "ISCB-LIC-NO-SEAT": Retry.NO,
    "ISCB-LIC-NO-SIGN-IN": Retry.NO,
    "ISCB-LIC-SIGN-IN-PORT": Retry.SAME,
    "ISCB-LIC-SIGN-IN-LATE": Retry.SAME,
    "ISCB-LIC-SIGN-IN-ENDED": Retry.SAME,
    "ISCB-LIC-SIGN-IN-CANCELLED": Retry.SAME,
    # device fingerprint
    "ISCB-DEVICE-LOAD": Retry.AFTER_FIX,
    # store: Open API
    "ISCB-STORE-ILLEGAL-STATE": Retry.AFTER_FIX,
    "ISCB-STORE-NOT-RECEIVED": Retry.AFTER_FIX,
    "ISCB-STORE-NO-SUCH-CODE": Retry.AFTER_FIX,
    "ISCB-STORE-ILLEGAL-CODE": Retry.AFTER_FIX,
    "ISCB-STORE-NOT-ACTIVATED": Retry.AFTER_FIX,
    "ISCB-STORE-INTERNAL": Retry.SAME,
    "ISCB-STORE-PARAM": Retry.AFTER_FIX,
    "ISCB-STORE-REQUEST": Retry.NO,
    "ISCB-STORE-ACCOUNT": Retry.AFTER_FIX,
    "ISCB-STORE-NO-SUCH-API": Retry.AFTER_FIX,
    "ISCB-STORE-GATEWAY": Retry.SAME,
    "ISCB-STORE-AUTH": Retry.AFTER_FIX,
    "ISCB-STORE-CLOCK": Retry.AFTER_FIX,
    "ISCB-STORE-KEY-LOCKED": Retry.SAME,
    "ISCB-STORE-AUTH-STOPPED": Retry.AFTER_FIX,
    "ISCB-STORE-THROTTLED": Retry.SAME,
    "ISCB-STORE-UNAVAILABLE": Retry.SAME,
    "ISCB-STORE-UNEXPECTED": Retry.SAME,
    "ISCB-STORE-UNREADABLE": Retry.SAME,
    "ISCB-STORE-USE-REFUSED": Retry.SAME,
    "ISCB-STORE-UNREACHABLE": Retry.SAME,
    "ISCB-STORE-TLS": Retry.AFTER_FIX,
    "ISCB-STORE-TIMEOUT": Retry.SAME,
    "ISCB-STORE-LOST": Retry.SAME,
    "ISCB-STORE-PROXY": Retry.AFTER_FIX,
    "ISCB-STORE-PROXY-AUTH": Retry.AFTER_FIX,
    "ISCB-STORE-OWN-KEYS": Retry.AFTER_FIX,
    "ISCB-STORE-NO-NAME": Retry.SAME,
    "ISCB-STORE-TLS-UNTRUSTED": Retry.AFTER_FIX,
    "ISCB-STORE-TLS-DATE": Retry.AFTER_FIX,
    "ISCB-STORE-TLS-NAME": Retry.AFTER_FIX,
    "ISCB-STORE-REFUSED": Retry.NO,
    # bridge
    "ISCB-BRIDGE-NOT-RUNNING": Retry.AFTER_FIX,
    "ISCB-BRIDGE-SECOND": Retry.NO,
    "ISCB-BRIDGE-CLOSING": Retry.SAME,
    "ISCB-BRIDGE-TIMEOUT": Retry.SAME,
    "ISCB-BRIDGE-FOREIGN-OWNER": Retry.NO,
    "ISCB-BRIDGE-INTERNAL": Retry.SAME,
    "ISCB-BRIDGE-NO-TRAY": Retry.AFTER_FIX,
    "ISCB-BRIDGE-ELEVATED": Retry.AFTER_FIX,
    # CAD applications
    "ISCB-HOST-FILE": Retry.AFTER_FIX,
    "ISCB-HOST-TAKEN": Retry.AFTER_FIX,
    "ISCB-HOST-UNKNOWN": Retry.NO,
    "ISCB-HOST-NO-ADDIN": Retry.NO,
    "ISCB-HOST-NOT-FOUND": Retry.AFTER_FIX,
    "ISCB-HOST-OLD": Retry.AFTER_FIX,
    "ISCB-HOST-FOREIGN": Retry.AFTER_FIX,
    "ISCB-HOST-CHANGED": Retry.AFTER_FIX,
    "ISCB-HOST-BUSY": Retry.SAME,
    "ISCB-HOST-WRITE": Retry.AFTER_FIX,
    "ISCB-HOST-SOURCE": Retry.AFTER_FIX,
    "ISCB-HOST-NO-PROGRAM": Retry.AFTER_FIX,
    "ISCB-HOST-LIST-LATE": Retry.SAME,
    "ISCB-HOST-LIST-FAILED": Retry.AFTER_FIX,
    "ISCB-HOST-LIST-OUTPUT": Retry.AFTER_FIX,
    "ISCB-HOST-NO-OPEN": Retry.NO,
    "ISCB-HOST-OPEN": Retry.AFTER_FIX,
    # protocol
    "ISCB-PROTO-HELLO-FIRST": Retry.NO,
    "ISCB-PROTO-VERSION": Retry.NO,
    "ISCB-PROTO-FRAME-TOO-LARGE": Retry.NO,
    "ISCB-PROTO-BAD-UTF8": Retry.NO,
    "ISCB-PROTO-BAD-JSON": Retry.NO,
    "ISCB-PROTO-BAD-REQUEST": Retry.NO,
    "ISCB-PROTO-UNKNOWN-METHOD": Retry.NO,
    "ISCB-PROTO-FLOOD": Retry.SAME,
    "ISCB-PROTO-CLOSED": Retry.SAME,
    # the vendor's licence relay
    "ISCB-RELAY-SETTINGS": Retry.AFTER_FIX,
    "ISCB-RELAY-DATABASE": Retry.SAME,
    "ISCB-RELAY-DATABASE-NEWER": Retry.AFTER_FIX,
    "ISCB-RELAY-SECRET": Retry.AFTER_FIX,
    "ISCB-RELAY-SEALED": Retry.AFTER_FIX,
    "ISCB-RELAY-SIGNATURE": Retry.NO,
    "ISCB-RELAY-CLOCK": Retry.SAME,
    "ISCB-RELAY-REPLAY": Retry.SAME,
    "ISCB-RELAY-RATE": Retry.SAME,
    "ISCB-RELAY-UNKNOWN-DEVICE": Retry.AFTER_FIX,
    "ISCB-RELAY-UNKNOWN-PRODUCT": Retry.AFTER_FIX,
    "ISCB-RELAY-BLOCKED": Retry.AFTER_FIX,
    "ISCB-RELAY-CODE": Retry.AFTER_FIX,
    "ISCB-RELAY-SEATS-TAKEN": Retry.AFTER_FIX,
    "ISCB-RELAY-SEAT-LOST": Retry.AFTER_FIX,
    "ISCB-RELAY-TRANSFERS": Retry.AFTER_FIX,
    "ISCB-RELAY-SIGN-IN": Retry.AFTER_FIX,
    "ISCB-RELAY-REQUEST": Retry.NO,
    "ISCB-RELAY-UPSTREAM": Retry.SAME,
    "ISCB-RELAY-RELEASED": Retry.AFTER_FIX,
    "ISCB-RELAY-TOO-LARGE": Retry.NO,
    "ISCB-RELAY-SLOW": Retry.SAME,
    "ISCB-RELAY-BUSY": Retry.SAME,
    "ISCB-RELAY-INTERNAL": Retry.SAME,
    "ISCB-RELAY-LISTEN": Retry.AFTER_FIX,
    "ISCB-RELAY-EXISTS": Retry.AFTER_FIX,
    "ISCB-RELAY-EXTRA": Retry.AFTER_FIX,
    "ISCB-RELAY-BACKUP": Retry.AFTER_FIX,
    "ISCB-RELAY-NO-SUCH": Retry.AFTER_FIX,
    "ISCB-RELAY-GENERATOR": Retry.SAME,
    "ISCB-RELAY-UNREACHABLE": Retry.SAME,
    "ISCB-RELAY-TLS": Retry.AFTER_FIX,
    "ISCB-RELAY-TIMEOUT": Retry.SAME,
    "ISCB-RELAY-LOST": Retry.SAME,
    "ISCB-RELAY-ANSWER": Retry.SAME,
    "ISCB-RELAY-SERVICE": Retry.AFTER_FIX,
    "ISCB-RELAY-SERIAL": Retry.AFTER_FIX,
    "ISCB-RELAY-NO-SIGN-IN": Retry.AFTER_FIX,
    "ISCB-RELAY-SIGN-IN-OVER": Retry.AFTER_FIX,
    "ISCB-RELAY-TENANT": Retry.SAME,
    "ISCB-RELAY-TENANT-UNKNOWN": Retry.AFTER_FIX,
    "ISCB-RELAY-NAMED-TAKEN": Retry.AFTER_FIX,
    "ISCB-RELAY-PERSON-DEVICES": Retry.AFTER_FIX,
    "ISCB-RELAY-SEATS-OPEN": Retry.SAME,
    "ISCB-RELAY-FILE": Retry.AFTER_FIX,
    # sandbox
    "ISCB-SANDBOX-NOT-RUNNING": Retry.AFTER_FIX,
    "ISCB-SANDBOX-NO-SUCH-FILE": Retry.NO,
    "ISCB-SANDBOX-PERSONALITY": Retry.NO,
    "ISCB-SANDBOX-START": Retry.AFTER_FIX,
    "ISCB-SANDBOX-NO-ANSWER": Retry.SAME,
    "ISCB-SANDBOX-REQUEST": Retry.NO,
    "ISCB-SANDBOX-EXTRA": Retry.AFTER_FIX,
    "ISCB-SANDBOX-LEFT-OUT": Retry.AFTER_FIX,
}


class BridgeError(Exception):
    """Base of all errors of the bridge; never raised itself.

    `code` is a key of `CODES`; `params` fill the texts and hold nothing secret.
    """

    def __init__(self, code: str, **params: str) -> None:
        if code not in CODES:
            raise ValueError(f"not a declared error code: {code}")
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, str] = params

    @property
    def retry(self) -> Retry:
        """Whether a retry helps."""
        return CODES[self.code]

    @property
    def info(self) -> ErrorInfo:
        """The error as data."""
        return ErrorInfo(self.code, dict(self.params))

    def __str__(self) -> str:
        details = ", ".join(f"{k}={v!r}" for k, v in self.params.items())
        return f"{self.code} ({details})" if details else self.code


class RequestError(BridgeError):
    """What was asked can't be understood or can't be true."""


class FileError(BridgeError):
    """A file on this machine or a share."""


class AssemblyError(BridgeError):
    """A rule of assemblies."""


class CloudError(BridgeError):
    """What the cloud said, or did not say."""


class SdkError(BridgeError):
    """The SDK library and its process."""


class JournalError(BridgeError):
    """The journal and the snapshot store."""


class LicenseError(BridgeError):
    """The licence of a host's product."""


class StoreError(BridgeError):
    """The store's Open API."""


class SecretError(BridgeError):
    """Where codes and keys are kept."""


class DeviceError(BridgeError):
    """The device fingerprint."""


class HostError(BridgeError):
    """CAD applications: their descriptions, and putting add-ins into them."""


class SettingsError(BridgeError):
    """Settings and the vendor's policy files."""


class BridgeRunError(BridgeError):
    """This bridge: not running, second instance, closing."""


class ProtocolError(BridgeError):
    """The local protocol."""


class RelayError(BridgeError):
    """The vendor's licence relay."""


class SandboxError(BridgeError):
    """The stand-ins of desk and cloud."""


_FAMILIES: dict[str, type[BridgeError]] = {
    "REQ": RequestError,
    "FILE": FileError,
    "ASM": AssemblyError,
    "CLOUD": CloudError,
    "SDK": SdkError,
    "JOURNAL": JournalError,
    "LIC": LicenseError,
    "STORE": StoreError,
    "SECRET": SecretError,
    "DEVICE": DeviceError,
    "HOST": HostError,
    "SET": SettingsError,
    "BRIDGE": BridgeRunError,
    "PROTO": ProtocolError,
    "RELAY": RelayError,
    "SANDBOX": SandboxError,
}


def error_from(info: ErrorInfo) -> BridgeError:
    """The exception for an error that came as data.

    Raises:
        ValueError: the code is not one of `CODES`.
    """
    parts = info.code.split("-")
    family = _FAMILIES.get(parts[1]) if len(parts) > 2 else None
    if family is None:
        raise ValueError(f"not a declared error code: {info.code}")
    return family(info.code, **info.params)
