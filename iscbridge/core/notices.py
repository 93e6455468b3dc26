"""What a person is told by notifications, and when: a pure state machine, `handle(input) -> effects`.

- One notice for an outcome: a job's state is never told twice, not after a reconnect either.
- What comes within `GATHER_S` is told together, and between two tellings `PAUSE_S` pass. Problems come first.
- While the person presents, nothing is shown; afterwards it is summed up. Only a forced upgrade, after which nobody
  is there to tell anything, does not wait.
- What needs a person (unknown, failed, refused, a licence that is over, a question, a warning) counts as important.
  Other news are told only with the setting `all`; with `none` nothing is, and nothing is kept for later.
- Of a person's own quick successes while a window of ours is open nothing is told: the window shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from iscbridge.core.jobs import JobKind, JobState

GATHER_S = 3.0
PAUSE_S = 10.0
#: A success that comes sooner after its request is quick.
QUICK_S = 20.0
#: The same word on a licence is not repeated sooner.
A_DAY_S = 86_400.0
#: Outcomes that are remembered. After a reconnect the newest few hundred jobs are looked at.
_REMEMBERED = 5_000

_PROBLEMS = (JobState.UNKNOWN, JobState.FAILED, JobState.REFUSED)


class Level(IntEnum):
    """How much a notice matters."""

    NEWS = 0
    ATTENTION = 1
    PROBLEM = 2


class Wish(StrEnum):
    """The setting `general.notifications`."""

    ALL = "all"
    IMPORTANT = "important"
    NONE = "none"


# what happens
@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs; `now` is seconds of a clock that is not set back."""

    now: float


@dataclass(frozen=True, slots=True)
class JobNews(Input):
    """A job is in this state now."""

    job: str
    kind: JobKind
    state: JobState
    name: str
    """Of the file; empty if there is none."""
    mark: str
    """Another one for each change of the job (its time of change as the protocol gives it)."""
    took_s: float = 0.0
    """From the request to this state."""
    why: str = ""
    """Title of its error, in the reader's language."""
    dismissed: bool = False
    """Somebody has looked at it."""
    old: bool = False
    """It was so before this program began: known, not told. Only what is unknown is told once, summed up."""


@dataclass(frozen=True, slots=True)
class LicenseNews(Input):
    product: str
    state: str
    problem: str = ""
    """Title of what stands against new cloud work; empty: nothing does."""
    notice: str = ""
    """What else a person should know, such as an end that is near."""


@dataclass(frozen=True, slots=True)
class FilesAsked(Input):
    """These changed files could be saved now, and the person is to decide. None: the question is over."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpgradeNews(Input):
    """ISCDesk has an upgrade: `ask` (a person may choose), `forced`, or `over` (answered, by whomever)."""

    what: str


@dataclass(frozen=True, slots=True)
class Warnings(Input):
    """All that the bridge warns of now: (code, title)."""

    found: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Presenting(Input):
    on: bool


@dataclass(frozen=True, slots=True)
class Configured(Input):
    wish: Wish
    quiet_when_presenting: bool


@dataclass(frozen=True, slots=True)
class WindowOpen(Input):
    """Whether the person has the activity window in front."""

    open: bool


@dataclass(frozen=True, slots=True)
class Tick(Input):
    """The timer that was set."""


# what to do
@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class Show(Effect):
    """Show a notice. `counts`: (text id, number) of a summary, to be put together for parameter `counts`."""

    notice: int
    level: Level
    title: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    counts: tuple[tuple[str, int], ...] = ()
    window: str = "activity"
    """Where a click leads, and to what in it."""
    focus: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    """Those whose outcome it tells."""


@dataclass(frozen=True, slots=True)
class Withdraw(Effect):
    """What that notice told no longer holds."""

    notice: int


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    at: float


class Notices:
    """One for a person. Not thread-safe."""

    def __init__(self) -> None:
        self._wish = Wish.ALL
        self._quiet = True
        self._presenting = False
        self._open = False
        self._known: dict[str, tuple[JobState, str]] = {}
        self._jobs: dict[str, JobNews] = {}
        self._earlier: dict[str, JobNews] = {}
        self._others: dict[str, Show] = {}
        """Notices that wait and are not about jobs, by subject."""
        self._shown: dict[str, int] = {}
        """The notice that stands for a job or subject."""
        self._licenses: dict[str, tuple[tuple[str, str, str], float]] = {}
        self._warned: frozenset[str] = frozenset()
        self._held_back = False
        self._last = float("-inf")
        self._due: float | None = None
        self._number = 0
        self._out: list[Effect] = []

    def handle(self, event: Input) -> list[Effect]:
        """Take one input; returns what is to be done, in order."""
        self._out = []
        match event:
            case JobNews():
                self._on_job(event)
            case LicenseNews():
                self._on_license(event)
            case FilesAsked():
                self._on_files(event)
            case UpgradeNews():
                self._on_upgrade(event)
            case Warnings():
                self._on_warnings(event)
            case Presenting():
                self._presenting = event.on
            case Configured():
                self._wish, self._quiet = event.wish, event.quiet_when_presenting
                self._forget_unwanted()
            case WindowOpen():
                self._open = event.open
            case _:
                pass  # the timer, or an input of a later version
        self._tell_or_wait(event.now, ticked=isinstance(event, Tick))
        return self._out

    @property
    def waiting(self) -> int:
        """How many outcomes and notices wait to be told."""
        return len(self._jobs) + len(self._earlier) + len(self._others)

    # what comes in
    def _on_job(self, news: JobNews) -> None:
        if not news.state.is_final or news.dismissed:
            # asked again, or looked at: what was told of it, or waits to be, no longer holds
            if news.state.is_final:
                self._remember(news)
            else:
                self._known.pop(news.job, None)
            self._take_back(news.job)
            return
        if self._known.get(news.job) == (news.state, news.mark):
            return
        self._remember(news)
        self._take_back(news.job)
        if news.old:
            if news.state is JobState.UNKNOWN and self._wanted(Level.PROBLEM):
                self._earlier[news.job] = news
        elif news.state in _PROBLEMS:
            if self._wanted(Level.PROBLEM):
                self._jobs[news.job] = news
        elif self._is_news(news):
            self._jobs[news.job] = news

    def _is_news(self, news: JobNews) -> bool:
        if news.state is not JobState.DONE or news.kind is JobKind.OPEN or not self._wanted(Level.NEWS):
            return False  # whoever cancelled it, replaced it or chose it in the dialog knows
        return not (self._open and news.took_s <= QUICK_S)

    def _remember(self, news: JobNews) -> None:
        self._known.pop(news.job, None)
        self._known[news.job] = news.state, news.mark
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def _take_back(self, job: str) -> None:
        self._jobs.pop(job, None)
        self._earlier.pop(job, None)
        self._withdraw(f"job {job}")

    def _on_license(self, news: LicenseNews) -> None:
        subject = f"license {news.product}"
        said = (news.state, news.problem, "notice" if news.notice else "")
        before, told_at = self._licenses.get(news.product, (("", "", ""), float("-inf")))
        if said == before and (news.problem or not news.notice or news.now - told_at < A_DAY_S):
            return
        self._licenses[news.product] = said, news.now
        self._others.pop(subject, None)
        self._withdraw(subject)
        params = {"product": news.product, "why": news.problem or news.notice}
        focus = {"product": news.product}
        if news.problem:
            self._add(subject, Level.PROBLEM, "notice.license.over", params, "license", focus)
        elif news.notice:
            self._add(subject, Level.ATTENTION, "notice.license.soon", params, "license", focus)
        elif before[1]:
            self._add(subject, Level.NEWS, "notice.license.good", params, "license", focus)

    def _on_files(self, asked: FilesAsked) -> None:
        self._others.pop("files", None)
        if not asked.names:
            self._withdraw("files")
            return
        one = len(asked.names) == 1
        params = {"name": asked.names[0], "count": len(asked.names)}
        self._add("files", Level.ATTENTION, "notice.files.one" if one else "notice.files.many", params, "files", {})

    def _on_upgrade(self, news: UpgradeNews) -> None:
        self._others.pop("upgrade", None)
        if news.what == "over":
            self._withdraw("upgrade")
        elif news.what == "forced":
            self._add("upgrade", Level.PROBLEM, "notice.upgrade.forced", {}, "activity", {})
        else:
            self._add("upgrade", Level.ATTENTION, "notice.upgrade.ask", {}, "upgrade", {})

    def _on_warnings(self, event: Warnings) -> None:
        now = frozenset(code for code, _ in event.found)
        for code in self._warned - now:
            self._others.pop(f"warning {code}", None)
            self._withdraw(f"warning {code}")
        for code, title in event.found:
            if code not in self._warned:
                params = {"title": title, "code": code}
                self._add(f"warning {code}", Level.PROBLEM, "notice.warning", params, "activity", {"warning": code})
        self._warned = now

    def _add(
        self, subject: str, level: Level, name: str, params: Mapping[str, Any], window: str, focus: Mapping[str, str]
    ) -> None:
        if self._wanted(level):
            show = Show(0, level, f"{name}.title", f"{name}.text", params, window=window, focus=focus)
            self._others[subject] = show

    # what goes out
    def _wanted(self, level: Level) -> bool:
        return self._wish is Wish.ALL or (self._wish is Wish.IMPORTANT and level > Level.NEWS)

    def _forget_unwanted(self) -> None:
        """What is not wanted any more is not told later either."""
        if self._wish is Wish.NONE:
            self._jobs.clear()
            self._earlier.clear()
            self._others.clear()
        elif self._wish is Wish.IMPORTANT:
            self._jobs = {job: news for job, news in self._jobs.items() if news.state in _PROBLEMS}
            self._others = {name: show for name, show in self._others.items() if show.level > Level.NEWS}

    def _tell_or_wait(self, now: float, *, ticked: bool) -> None:
        forced = self._others.get("upgrade")
        if forced is not None and forced.title.startswith("notice.upgrade.forced"):
            del self._others["upgrade"]
            self._show(forced, ("upgrade",))
        if not self.waiting:
            self._held_back, self._due = False, None
        elif self._presenting and self._quiet:
            self._held_back = True
        else:
            self._when_due(now, ticked=ticked)

    def _when_due(self, now: float, *, ticked: bool) -> None:
        fresh = self._due is None
        if self._due is None:
            self._due = max(now + (0.0 if self._held_back else GATHER_S), self._last + PAUSE_S)
        if self._due <= now:
            self._tell(now)
        elif fresh or ticked:
            self._out.append(SetTimer(self._due))

    def _tell(self, now: float) -> None:
        self._due, self._last = None, now
        ready = sorted(self._others.items(), key=lambda one: -one[1].level)
        self._others = {}
        jobs, self._jobs = list(self._jobs.values()), {}
        earlier, self._earlier = list(self._earlier.values()), {}
        shows: list[tuple[Show, tuple[str, ...]]] = [(show, (subject,)) for subject, show in ready]
        if jobs:
            shows.append((_job_notice(jobs, after=self._held_back), _subjects(jobs)))
        if earlier:
            shows.append((_earlier_notice(earlier), _subjects(earlier)))
        self._held_back = False
        for show, subjects in sorted(shows, key=lambda one: -one[0].level):
            self._show(show, subjects)

    def _show(self, show: Show, subjects: Iterable[str]) -> None:
        self._number += 1
        for subject in subjects:
            self._shown.pop(subject, None)
            self._shown[subject] = self._number
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._out.append(
            Show(
                self._number,
                show.level,
                show.title,
                show.text,
                show.params,
                show.counts,
                show.window,
                show.focus,
                show.jobs,
            )
        )

    def _withdraw(self, subject: str) -> None:
        """The notice of this subject, once nothing else that it told still holds."""
        notice = self._shown.pop(subject, None)
        if notice is not None and notice not in self._shown.values():
            self._out.append(Withdraw(notice))


def _subjects(jobs: Iterable[JobNews]) -> tuple[str, ...]:
    return tuple(f"job {news.job}" for news in jobs)


def _job_notice(jobs: list[JobNews], *, after: bool) -> Show:
    """One notice for these outcomes: the outcome itself if it is one, else how many of which."""
    problems = [news for news in jobs if news.state in _PROBLEMS]
    level = Level.PROBLEM if problems else Level.NEWS
    ids = tuple(news.job for news in jobs)
    if len(jobs) == 1 and not after:
        (news,) = jobs
        name = f"notice.job.{news.state.value}"
        params = {"name": news.name, "kind": news.kind.value, "why": news.why}
        return Show(0, level, f"{name}.title", f"{name}.text", params, focus={"job": news.job}, jobs=ids)
    title = "notice.jobs.after" if after else "notice.jobs.problems" if problems else "notice.jobs.done"
    # one that needs the person is shown by itself; of several the list
    focus = {"job": problems[0].job} if len(problems) == 1 else {"show": "problems"} if problems else {}
    total = {"count": len(jobs), "problems": len(problems)}
    return Show(0, level, f"{title}.title", f"{title}.text", total, _counts(jobs), focus=focus, jobs=ids)


def _counts(jobs: list[JobNews]) -> tuple[tuple[str, int], ...]:
    """How many of which, problems first."""
    found = [(state, sum(news.state is state for news in jobs)) for state in (*_PROBLEMS, JobState.DONE)]
    return tuple((f"notice.count.{state.value}", number) for state, number in found if number)


def _earlier_notice(jobs: list[JobNews]) -> Show:
    focus = {"job": jobs[0].job} if len(jobs) == 1 else {"show": "problems"}
    name = "notice.jobs.earlier"
    ids = tuple(news.job for news in jobs)
    return Show(
        0, Level.PROBLEM, f"{name}.title", f"{name}.text", {"count": len(jobs)}, _counts(jobs), focus=focus, jobs=ids
    )
