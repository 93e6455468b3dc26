"""Jobs and snapshots for tests of the journal: by hand and at random."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from iscbridge.core.jobs import (
    CapturedFile,
    ErrorInfo,
    Job,
    JobKind,
    JobState,
    OpenedFile,
    Origin,
    Snapshot,
    WaitReason,
)

text = st.text(max_size=20)
times = st.floats(0, 4e9)
digests = st.binary(max_size=4).map(lambda raw: hashlib.sha256(raw).hexdigest())
captured = st.builds(
    CapturedFile,
    name=text,
    source=text,
    size=st.integers(0, 2**40),
    mtime_ns=st.integers(-(2**62), 2**62),
    file_id=text,
    sha256=digests,
    source_sha256=digests,
)
snapshots = st.builds(
    Snapshot,
    identity=text,
    files=st.lists(captured, min_size=1, max_size=4).map(tuple),
    folder=st.none() | text,
    staged=st.booleans(),
)
maps = st.dictionaries(text, text, max_size=3)
jobs = st.builds(
    Job,
    id=st.uuids().map(str),
    kind=st.sampled_from(JobKind),
    state=st.sampled_from(JobState),
    path=text,
    created=times,
    updated=times,
    cloud=st.sampled_from(["sandbox", "iscdesk"]),
    origin=st.builds(Origin, instance=text, host=text, product=text, request_id=st.none() | st.uuids().map(str)),
    assembly=st.booleans(),
    files=st.none() | st.lists(text, max_size=3).map(tuple),
    force=st.booleans(),
    snapshot=st.none() | snapshots,
    snapshot_until=st.none() | times,
    reason=st.none() | st.sampled_from(WaitReason),
    handed_path=st.none() | text,
    submitted_at=st.none() | times,
    attempts=st.integers(0, 9),
    auto_repeats=st.integers(0, 1),
    recaptures=st.integers(0, 9),
    notes=st.lists(text, max_size=3).map(tuple),
    error=st.none() | st.builds(ErrorInfo, st.sampled_from(["ISCB-FILE-MISSING", "ISCB-REQ-PARAMS"]), maps),
    replaced_by=st.none() | text,
    result_path=st.none() | text,
    result=maps,
)
opened_files = st.builds(OpenedFile, text, text, text, text, st.booleans(), times)


def job(job_id: str = "job-1", **fields: object) -> Job:
    """A save in state accepted, changed by `fields`."""
    values: dict[str, object] = {
        "id": job_id,
        "kind": JobKind.SAVE,
        "state": JobState.ACCEPTED,
        "path": "/cad/Gehäuse.FCStd",
        "created": 1000.0,
        "updated": 1000.0,
        "cloud": "sandbox",
    }
    return Job(**{**values, **fields})  # type: ignore[arg-type]  # the caller's names are the fields'


def snapshot(*contents: str, identity: str = "file:/cad/a") -> Snapshot:
    """A snapshot of files with these contents."""
    files = []
    for number, content in enumerate(contents or ("x",)):
        sha = hashlib.sha256(content.encode()).hexdigest()
        files.append(CapturedFile(f"f{number}", f"/cad/f{number}", len(content), 1, "id", sha, sha))
    return Snapshot(identity, tuple(files))
