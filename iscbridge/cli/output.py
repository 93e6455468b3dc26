"""What the command line prints: one JSON object a line for programs, plain lines or a live line for people."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from iscbridge.cli.texts import say
from iscbridge.texts.render import Language, text

Job = dict[str, Any]


class Output:
    """Prints jobs and sentences. With `as_json` nothing but JSON objects reaches standard output."""

    def __init__(self, language: Language, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        # The tray's own program on Windows has no console, and then no standard output at all.
        self._live = not as_json and sys.stdout is not None and sys.stdout.isatty()
        self._open_line = False

    def record(self, record: dict[str, Any]) -> None:
        """One JSON object on a line of its own."""
        print(json.dumps(record, ensure_ascii=False), flush=True)

    def sentence(self, message_id: str, **params: object) -> None:
        """A sentence for people; nothing with `--json`."""
        if not self.as_json:
            self._finish_line()
            print(say(message_id, self.language, **params), flush=True)

    def text(self, message_id: str, **params: object) -> str:
        """A sentence in the reader's language."""
        return say(message_id, self.language, **params)

    def complain(self, line: str) -> None:
        """A sentence on standard error."""
        self._finish_line()
        print(line, file=sys.stderr, flush=True)

    def progress(self, job: Job) -> None:
        """A job has changed. On a terminal one line is rewritten."""
        if self.as_json:
            self.record(summary(job))
        elif self._live:
            sys.stdout.write("\r\x1b[2K" + self._line(job))
            sys.stdout.flush()
            self._open_line = True
        else:
            print(self._line(job), flush=True)

    def outcome(self, job: Job) -> None:
        """The last word on a job, with what to do when something stands in the way."""
        if self.as_json:
            self.record(summary(job))
            return
        if self._live:
            sys.stdout.write("\r\x1b[2K")
            self._open_line = False
        print(self._line(job))
        if job.get("resultPath"):
            print(say("delivered", self.language, path=job["resultPath"]))
        error = job.get("error")
        if error and not _is_settled(job):
            print("  " + str(error["message"]))
            if error.get("remedy"):
                print(say("remedy", self.language, remedy=error["remedy"]))
        if job["state"] == "unknown" and not _is_settled(job):
            print(say("decide", self.language, job=job["job"]))
        sys.stdout.flush()

    def listed(self, job: Job) -> None:
        """A job in a list."""
        print(f"{job['job']}  {local_time(job['updated'])}  {self._line(job)}")

    def details(self, job: Job) -> None:
        """All that is known of a job, for people."""
        facts = {"kind": text(f"kind.{job['kind']}", self.language)}
        facts |= {name: local_time(job[name]) for name in ("created", "updated", "submitted") if job.get(name)}
        facts |= {
            name: job[name] for name in ("attempts", "files", "size", "handedPath", "replacedBy") if job.get(name)
        }
        for name, value in facts.items():
            print(say("job-fact", self.language, name=say(f"job-fact.{name}", self.language), value=value))
        for note in job.get("notes", ()):
            print("  - " + text(note, self.language))

    def name_of(self, job: Job) -> str:
        """What a job is called: its file, or its kind while it has none."""
        return job.get("path") or text(f"kind.{job['kind']}", self.language)

    def _line(self, job: Job) -> str:
        state = text(f"state.{job['state']}", self.language)
        detail = ""
        if job.get("error") and not _is_settled(job):
            detail = f" ({job['error']['title']}, {job['error']['code']})"
        elif job.get("reason"):
            detail = " (" + text(f"wait.{job['reason']}", self.language) + ")"
        elif job.get("notes"):
            detail = " (" + text(job["notes"][-1], self.language) + ")"
        line = say("job-line", self.language, path=self.name_of(job), state=state, detail=detail)
        return f"[{job['cloud']}] {line}"

    def _finish_line(self) -> None:
        if self._open_line:
            print()
            self._open_line = False


def _is_settled(job: Job) -> bool:
    """Somebody has looked what became of it: what was asked of a person is no longer to be done."""
    return bool(job["state"] == "unknown" and job.get("notes", [])[-1:] == ["note.dismissed"])


def local_time(wire_time: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time of the protocol as the reader's clock shows it."""
    return datetime.fromisoformat(wire_time).astimezone().strftime(form)


def summary(job: Job) -> dict[str, Any]:
    """The job as a line of `--json`: always with job, state, path, cloud and error (a code or null)."""
    error = job.get("error")
    record: dict[str, Any] = {
        "job": job["job"],
        "kind": job["kind"],
        "state": job["state"],
        "path": job.get("path", ""),
        "cloud": job["cloud"],
        "error": error["code"] if error else None,
    }
    for name in ("reason", "resultPath", "handedPath", "replacedBy", "requestId", "notes", "files", "size", "attempts"):
        if job.get(name):
            record[name] = job[name]
    if error:
        record["message"] = error["message"]
        record["remedy"] = error["remedy"]
    record["created"] = job["created"]
    record["updated"] = job["updated"]
    return record
