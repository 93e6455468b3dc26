"""Everything that is known of one job, as pairs of heading and value: for the details and for the clipboard."""

from __future__ import annotations

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.job_wire import JobHistoryResult, SavedFileObject, StepObject
from iscbridge.ipc.wire import JobObject
from iscbridge.texts.render import render
from iscbridge.tray.activity import display
from iscbridge.tray.words import Words

#: Headings of `facts`, in order: ids below `activity.fact.`.
FACTS = ("file", "handed", "result", "replacedBy", "cloud", "host", "asked", "time", "usual", "size", "attempts", "id")


def facts(job: JobObject, history: JobHistoryResult | None, words: Words, now: float) -> dict[str, str]:
    """Values by the names of `FACTS`; what is not known is empty."""
    usual = None if history is None else history.usual
    host = job.host or ""
    return {
        "file": job.path,
        "handed": job.handed_path or "",
        "result": job.result_path or "",
        "replacedBy": job.replaced_by or "",
        "cloud": display.cloud_text(job.cloud, words),
        "host": words("activity.fact.hostProduct", host=host, product=job.product) if job.product else host,
        "asked": f"{display.kind_text(job.kind, words)}, {display.when_text(job.created, now)}",
        "time": display.elapsed_text(job, now, words),
        "usual": _usual(usual.seconds, usual.samples, words) if usual is not None else "",
        "size": "" if job.size is None else _size(job, words),
        "attempts": str(job.attempts) if job.attempts else "",
        "id": job.job,
    }


def _usual(seconds: float, samples: int, words: Words) -> str:
    return words("activity.usual.learnt", usual=display.usual_text(seconds, words), samples=samples)


def _size(job: JobObject, words: Words) -> str:
    size = display.size_text(job.size or 0)
    return size if not job.files or job.files == 1 else words("activity.size.files", size=size, files=job.files)


def step_text(step: StepObject, words: Words) -> str:
    """What happened in a step, in words."""
    text = words(f"activity.cause.{step.cause}")
    if text == f"activity.cause.{step.cause}":
        text = words(f"state.{step.state}")  # a cause of a newer bridge
    why = ""
    if step.reason is not None:
        why = words(f"wait.{step.reason}")
    elif step.error is not None:
        why = render(ErrorInfo(step.error), words.language).title
    # an error may be called what the step is called
    return words("activity.state.why", state=text, why=why) if why and why != text else text


def change_text(file: SavedFileObject, words: Words) -> str:
    """How a file of a snapshot differs from the save before it."""
    return words(f"activity.change.{file.change}") if file.change is not None else ""


def as_text(job: JobObject, history: JobHistoryResult | None, words: Words, now: float) -> str:
    """All of it as plain text, to be sent to somebody who helps."""
    lines = [display.name_of(job, words), display.state_text(job, words)]
    if job.error is not None:
        error = display.error_of(job.error, words)
        lines += [f"{job.error.code}: {error.message}", error.remedy]
    lines.append("")
    lines += [
        words("activity.copy.line", name=words(f"activity.fact.{name}"), value=value)
        for name, value in facts(job, history, words, now).items()
        if value
    ]
    lines += [words(note) for note in job.notes]
    if history is not None:
        lines.append("")
        lines += [f"{step.at}  {step_text(step, words)}" for step in history.steps]
        lines.append("")
        lines += [f"{file.source}  {file.size}  {change_text(file, words)}".rstrip() for file in history.files]
    return "\n".join(lines).strip() + "\n"
