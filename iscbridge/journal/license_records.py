"""The licence records: one sealed file for each product, and in the secret store what tells the newest one.

Two places hold a product's record. The file has everything, sealed (`iscbridge.journal.license_codec`) with a key that
only the secret store knows (`record-key`). The store's entry `record-generation/<product>`, the mark, names the newest
file by number and seal. The file is written first, then the mark; so of two honest places

- both agree, or
- the file is one ahead: the computer stopped between the two writings.

| found | means |
|---|---|
| file and mark agree, or the file is one ahead | good |
| no file, and no mark or one that says "forgotten" | nothing was ever kept, or it was taken away |
| no file, but a mark | ISCB-LIC-RECORD-MISSING |
| the bytes are no record | ISCB-LIC-RECORD-DAMAGED; the file is set aside |
| a form that only a newer version knows | ISCB-LIC-RECORD-NEWER; the file stays |
| no key in the store, sealed with another key, or another product's record | ISCB-LIC-RECORD-COPIED |
| our key's name, but the seal is wrong | ISCB-LIC-RECORD-EDITED |
| a good seal, but not the file that the mark names | ISCB-LIC-RECORD-ROLLED-BACK |

None of these locks anybody out for good: the next `save`, after a trusted answer, puts both places in order. This
guards against what a person can do with a file manager or a backup. Whoever can read the user's own secret store
can forge a record; nothing on a user's own computer could prevent that.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import logging
import os
import re
import secrets as random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iscbridge.core.errors import SecretError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord
from iscbridge.core.paths import printable
from iscbridge.journal import license_codec as codec
from iscbridge.platform import durable
from iscbridge.platform.faults import store_error
from iscbridge.platform.longpaths import extended
from iscbridge.platform.private import write_private
from iscbridge.platform.secrets import SecretStore

log = logging.getLogger(__name__)

_KEY_ENTRY = "record-key"
_MARK_ENTRY = "record-generation/"
_ENDING = ".json"


def peek(folder: Path, product: str) -> LicenseRecord | None:
    """What a product's file says, unverified and without the secret store; None if it says nothing readable.

    Never raises; for any thread. For the first moments of a start, to show something: whoever lets it allow what
    `LicenseRecords.load` has not confirmed lets a text editor allow it.
    """
    try:
        record = codec.unpack(_bytes_of(_path_of(folder, product))).record
    except (OSError, codec.CodecError):
        return None
    return record if record.product == product else None


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the secret store knows of a product's newest file."""

    generation: int = 0
    seal: str = ""
    forgotten: bool = True
    """No file is expected."""

    def names(self, found: codec.Sealed) -> bool:
        """Whether this is the very file that the mark was made for."""
        return found.record.generation == self.generation and hmac.compare_digest(
            found.seal.encode("utf-8", "replace"), self.seal.encode("utf-8", "replace")
        )


class LicenseRecords:
    """See the module. Reads and writes block on disk and secret store: one worker thread; `peek` on any.

    Its owner holds the profile's lock, so that nobody else writes the same files.
    """

    def __init__(self, folder: Path, secrets: SecretStore) -> None:
        self._folder = folder
        self._secrets = secrets
        self._extras: dict[str, Mapping[str, Any]] = {}

    def load(self, product: str) -> tuple[LicenseRecord | None, ErrorInfo | None]:
        """The newest record of a product, verified; or why there is none to be believed (the table above).

        Raises:
            SecretError: the secret store can't be asked now. `peek` shows meanwhile what the file says.
            JournalError: the disk refuses.
        """
        data = self._read(product)
        mark = self._mark(product)
        if data is None:
            return None, None if mark.forgotten else _trouble("ISCB-LIC-RECORD-MISSING", product)
        key = self._key()
        try:
            found = codec.unpack(data)
        except codec.NewerError:
            return None, _trouble("ISCB-LIC-RECORD-NEWER", product)
        except codec.CodecError:
            return None, self._set_aside(product)
        trouble = _distrust(found, product, key)
        if trouble is not None:
            return None, trouble
        if mark.forgotten and mark.names(found):
            self._remove(product)  # what `forget` had begun
            return None, None
        if found.record.generation != mark.generation + 1 and (mark.forgotten or not mark.names(found)):
            return None, _trouble("ISCB-LIC-RECORD-ROLLED-BACK", product)
        self._extras[product] = found.extras
        if not mark.names(found):
            # The mark's writing was cut off. A store that takes no entries now does not spoil what was read.
            with suppress(SecretError):
                self._set_mark(product, _Mark(found.record.generation, found.seal, forgotten=False))
        return found.record, None

    def peek(self, product: str) -> LicenseRecord | None:
        """As the function `peek`, for this folder."""
        return peek(self._folder, product)

    def save(self, record: LicenseRecord) -> LicenseRecord:
        """Make the record durable, as one newer than any before; returns it with its generation.

        The generation that it came with does not count. Also the way out of every trouble that `load` may find.

        Raises:
            SecretError: the secret store can't be asked, or did not take the mark; then it is open whether the record
                was kept, and saving again is right.
            JournalError: ISCB-JOURNAL-DISK-FULL, -IO; the former record stays.
        """
        product = record.product
        key = self._key() or self._make_key()
        mark = self._mark(product)
        ahead = self._generation_on_disk(product, key)
        if ahead > mark.generation + 1:
            # The store was put back, not the file: no number may be given twice.
            mark = _Mark(ahead, forgotten=mark.forgotten)
            self._set_mark(product, mark)
        record = dataclasses.replace(record, generation=max(mark.generation, 0) + 1)
        data, seal = codec.pack(record, key, self._extras.get(product))
        try:
            write_private(str(_path_of(self._folder, product)), data)
        except OSError as error:
            raise store_error(error, str(self._folder)) from error
        self._set_mark(product, _Mark(record.generation, seal, forgotten=False))
        return record

    def forget(self, product: str) -> None:
        """Take the record away. Its number stays known, so that an old file put back is noticed.

        Raises:
            SecretError, JournalError: as `save`.
        """
        mark = self._mark(product)
        key = self._key()
        with suppress(codec.CodecError):
            data = self._read(product)
            found = None if data is None else codec.unpack(data)
            if found is not None and key is not None and _distrust(found, product, key) is None:
                mark = max(mark, _Mark(found.record.generation, found.seal), key=lambda one: one.generation)
        if mark.generation > 0:
            self._set_mark(product, dataclasses.replace(mark, forgotten=True))
        self._remove(product)
        self._extras.pop(product, None)

    def products(self) -> list[str]:
        """Products of which a file can be read, unverified; sorted. Never raises."""
        found: set[str] = set()
        with suppress(OSError):
            for path in self._folder.glob(f"*{_ENDING}"):
                with suppress(OSError, codec.CodecError):
                    found.add(codec.unpack(_bytes_of(path)).record.product)
        return sorted(found)

    def _read(self, product: str) -> bytes | None:
        try:
            return _bytes_of(_path_of(self._folder, product))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise store_error(error, str(self._folder)) from error

    def _remove(self, product: str) -> None:
        path = str(_path_of(self._folder, product))
        try:
            durable.remove(f"{path}.new")
            durable.remove(path)
            if self._folder.is_dir():
                durable.flush_folder(str(self._folder))
        except OSError as error:
            raise store_error(error, str(self._folder)) from error

    def _set_aside(self, product: str) -> ErrorInfo:
        """Rename a file that makes no sense; it is never deleted."""
        path = _path_of(self._folder, product)
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        target = Path(f"{path}.damaged-{stamp}")
        number = 2
        while target.exists():
            target = Path(f"{path}.damaged-{stamp}-{number}")
            number += 1
        try:
            durable.replace(str(path), str(target))
            durable.flush_folder(str(self._folder))
        except OSError as error:
            raise store_error(error, str(self._folder)) from error
        log.warning("a licence record could not be read and is now %s", target.name)
        return ErrorInfo("ISCB-LIC-RECORD-DAMAGED", {"product": printable(product), "path": printable(str(target))})

    def _generation_on_disk(self, product: str, key: bytes) -> int:
        data = self._read(product)
        if data is None:
            return 0
        try:
            found = codec.unpack(data)
        except codec.CodecError:
            return 0
        return found.record.generation if _distrust(found, product, key) is None else 0

    def _key(self) -> bytes | None:
        text = self._secrets.get(_KEY_ENTRY)
        if text is None or not re.fullmatch(rf"[0-9a-f]{{{2 * codec.KEY_BYTES}}}", text):
            return None
        return bytes.fromhex(text)

    def _make_key(self) -> bytes:
        key = random.token_bytes(codec.KEY_BYTES)
        self._secrets.set(_KEY_ENTRY, key.hex())
        return key

    def _mark(self, product: str) -> _Mark:
        text = self._secrets.get(_MARK_ENTRY + product)
        if text is None:
            return _Mark()
        try:
            said = json.loads(text)
            generation, seal, forgotten = said["generation"], said["seal"], said["forgotten"]
        except (ValueError, KeyError, TypeError, RecursionError):
            generation = seal = forgotten = None
        if type(generation) is int and generation >= 0 and isinstance(seal, str) and isinstance(forgotten, bool):
            return _Mark(generation, seal, forgotten)
        log.warning("the mark of a licence record can't be read: no file fits it")
        return _Mark(-1, forgotten=False)

    def _set_mark(self, product: str, mark: _Mark) -> None:
        self._secrets.set(_MARK_ENTRY + product, json.dumps(dataclasses.asdict(mark)))


def _distrust(found: codec.Sealed, product: str, key: bytes | None) -> ErrorInfo | None:
    """What speaks against a file by itself."""
    if key is None or found.key_name != codec.key_name(key) or found.record.product != product:
        return _trouble("ISCB-LIC-RECORD-COPIED", product)
    return None if found.is_genuine(key) else _trouble("ISCB-LIC-RECORD-EDITED", product)


def _path_of(folder: Path, product: str) -> Path:
    """The file of a product: readable for people, of its own for each product, valid on every system."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", product)[:40].lower()
    name = hashlib.sha256(product.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return folder / f"{safe}-{name}{_ENDING}"


def _trouble(code: str, product: str) -> ErrorInfo:
    return ErrorInfo(code, {"product": printable(product)})


def _bytes_of(path: Path) -> bytes:
    with open(extended(os.fspath(path)), "rb") as file:
        return file.read(codec.LARGEST + 1)
