"""Jobs, snapshots and opened files as rows, and back. What a row lacks gets the field's default, so old rows stay readable."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from iscbridge.core.jobs import (
    CapturedFile,
    ErrorInfo,
    Job,
    JobKind,
    JobState,
    LicenseLimit,
    OpenedFile,
    Origin,
    Snapshot,
    WaitReason,
)


class CodecError(ValueError):
    """A row that can't be a job, snapshot or opened file."""


@dataclass(frozen=True, slots=True)
class PackedSnapshot:
    """A snapshot as it is stored, once for all rows that refer to it."""

    digest: bytes
    """SHA-256 of the unpacked text: equal snapshots are one row."""
    body: bytes
    objects: bytes
    """The SHA-256 digests of its files, 32 bytes each, so that nobody need unpack it to know what must be kept."""


def pack_job(job: Job) -> str:
    """The fields of a job that have no column of their own."""
    origin = job.origin
    return _text(
        {
            "cloud": job.cloud,
            "host": origin.host,
            "product": origin.product,
            "assembly": job.assembly,
            "force": job.force,
            "limit": _pack_limit(job.limit),
            "reason": job.reason,
            "handedPath": job.handed_path,
            "submittedAt": job.submitted_at,
            "attempts": job.attempts,
            "autoRepeats": job.auto_repeats,
            "recaptures": job.recaptures,
            "notes": job.notes,
            "error": None if job.error is None else {"code": job.error.code, "params": job.error.params},
            "replacedBy": job.replaced_by,
            "resultPath": job.result_path,
            "result": job.result,
        }
    )


def unpack_job(row: Any, files: tuple[str, ...] | None, snapshot: Snapshot | None) -> Job:
    """A job from its row (columns of `iscbridge.journal.schema`) and its parts.

    Raises:
        CodecError: the row makes no job.
    """
    try:
        doc: dict[str, Any] = json.loads(row["doc"])
        error = doc.get("error")
        reason = doc.get("reason")
        return Job(
            id=row["id"],
            kind=JobKind(row["kind"]),
            state=JobState(row["state"]),
            path=row["path"],
            created=row["created"],
            updated=row["updated"],
            cloud=doc["cloud"],
            origin=Origin(row["instance"], doc.get("host", ""), doc.get("product", ""), row["request_id"]),
            assembly=doc.get("assembly", False),
            files=files,
            force=doc.get("force", False),
            limit=_unpack_limit(doc.get("limit")),
            snapshot=snapshot,
            snapshot_until=row["snapshot_until"],
            reason=None if reason is None else WaitReason(reason),
            handed_path=doc.get("handedPath"),
            submitted_at=doc.get("submittedAt"),
            attempts=doc.get("attempts", 0),
            auto_repeats=doc.get("autoRepeats", 0),
            recaptures=doc.get("recaptures", 0),
            notes=tuple(doc.get("notes", ())),
            error=None if error is None else ErrorInfo(error["code"], error["params"]),
            replaced_by=doc.get("replacedBy"),
            result_path=doc.get("resultPath"),
            result=doc.get("result", {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise CodecError(f"job {row['id']!r}: {fault}") from fault


def _pack_limit(limit: LicenseLimit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    error = {"code": limit.error.code, "params": limit.error.params}
    return {"error": error, "openedBefore": limit.opened_before, "pending": limit.pending}


def _unpack_limit(doc: dict[str, Any] | None) -> LicenseLimit | None:
    if doc is None:
        return None
    error = ErrorInfo(doc["error"]["code"], doc["error"]["params"])
    return LicenseLimit(error, doc["openedBefore"], doc["pending"])


def pack_files(files: tuple[str, ...] | None) -> bytes | None:
    """A host's own list of files."""
    return None if files is None else zlib.compress(_text(files).encode(), 1)


def unpack_files(body: bytes | None) -> tuple[str, ...] | None:
    """The list again. Raises CodecError if it is none."""
    if body is None:
        return None
    try:
        return tuple(json.loads(zlib.decompress(body)))
    except (zlib.error, ValueError, TypeError) as fault:
        raise CodecError(f"list of files: {fault}") from fault


def pack_snapshot(snapshot: Snapshot) -> PackedSnapshot:
    """A snapshot of any size; 10,000 files take some 30 ms."""
    files = [[f.name, f.source, f.size, f.mtime_ns, f.file_id, f.sha256, f.source_sha256] for f in snapshot.files]
    text = _text(
        {"identity": snapshot.identity, "folder": snapshot.folder, "staged": snapshot.staged, "files": files}
    ).encode()
    objects = b"".join(bytes.fromhex(sha) for sha in sorted({f.sha256 for f in snapshot.files}))
    import hashlib

    return PackedSnapshot(hashlib.sha256(text).digest(), zlib.compress(text, 1), objects)


def unpack_snapshot(body: bytes) -> Snapshot:
    """The snapshot again.

    Raises:
        CodecError: the body makes no snapshot.
    """
    try:
        doc = json.loads(zlib.decompress(body))
        files = tuple(CapturedFile(*entry) for entry in doc["files"])
        return Snapshot(doc["identity"], files, doc["folder"], doc["staged"])
    except (zlib.error, ValueError, KeyError, TypeError) as fault:
        raise CodecError(f"snapshot: {fault}") from fault


def unpack_opened(row: Any) -> OpenedFile:
    """A file that came from the cloud, from its row."""
    return OpenedFile(
        row["identity"], row["path"], row["open_type"], row["work_state"], bool(row["assembly"]), row["opened_at"]
    )


def search_text(job: Job) -> str:
    """What a search in the history looks through, case ignored."""
    code = "" if job.error is None else job.error.code
    parts = (job.path, job.id, job.origin.host, job.origin.product, code, job.result_path or "")
    return storable("\n".join(parts).casefold())


def storable(text: str) -> str:
    """Text that UTF-8 can hold: half a surrogate pair, which only a fault can send, becomes a visible escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(value: object) -> str:
    # ASCII: JSON's escapes carry even text that UTF-8 can't hold
    return json.dumps(value, separators=(",", ":"))
