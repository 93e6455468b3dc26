"""Working files in random histories: writes, locks, lost events, slow answers, saves, scans, in any order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import FileState, Policy, Stat
from iscbridge.core.workfiles import Workfiles, WorkfilesConfig

CONFIG = WorkfilesConfig(settle_s=2, gone_s=3, retry_s=30, lock_s=15, quiet_s=60)
FOLDER = "/cad"
FILES = ("/cad/gear.FCStd", "/cad/bolt.FCStd")
WHAT = [
    "write",
    "touch",
    "remove",
    "lock",
    "unlock",
    "deny",
    "allow",
    "work",
    "answer",
    "wait",
    "save",
    "cloud",
    "write",
    "work",
    "answer",
    "wait",
    "scan",
    "ask",
    "automatic",
    "off",
    "hint",
    "open",
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.sampled_from(FILES),
        st.integers(0, 90),
    ),
    max_size=60,
)


@dataclass
class File:
    """What really is on the disk and in the cloud, and what is under way."""

    stat: Stat | None = Stat(1, 1, "1")
    content: str = "c1"
    cloud: str = "c1"
    locked: bool = False
    denied: bool = False
    written: float = -1e9
    hinted: float = -1e9
    acted: float = -1e9
    scanned: Stat | None = Stat(1, 1, "1")
    asked: list = field(default_factory=list)
    """Looks and hashes that nobody did yet."""
    done: list = field(default_factory=list)
    """Done, and not told yet: (input, whether a lock was there)."""
    unread: bool = False
    """It came from the cloud, and nobody has read it since."""
    doubtful: bool = False
    """It was written to while it was unread: what came is not known any more, and the same bytes count as changed."""
    saves: list = field(default_factory=list)
    timer: tuple[int, float] | None = None
    lock_when_looked: bool = False
    content_when_looked: str = "c1"


class World:
    def __init__(self, *, lossless):
        self.now = 0.0
        self.lossless = lossless
        self.tick = 1
        self.files = {path: File() for path in FILES}
        self.work = Workfiles(CONFIG)
        self.told = {path: [] for path in FILES}
        for path in FILES:
            self.give(m.Known(path, Stat(1, 1, "1"), "c1"))

    def give(self, event):
        for effect in self.work.handle(event):
            self.take(effect)

    def take(self, effect):
        file = self.files[effect.path]
        name = type(effect).__name__
        self.told[effect.path].append((name, getattr(effect, "state", None), getattr(effect, "after_s", None)))
        match effect:
            case m.Remember():
                file.unread = file.doubtful = False
            case m.SetTimer():
                assert 0 < effect.after_s < math.inf
                file.timer = (effect.number, self.now + effect.after_s)
            case m.ClearTimer():
                file.timer = None
            case m.Look() | m.Hash():
                assert not any(type(effect) is type(other) for other in file.asked)
                file.asked.append(effect)
            case m.SaveNow() | m.AskPerson():
                self.check_act(file)
                if isinstance(effect, m.SaveNow):
                    file.saves.append((file.stat, file.content))

    def check_act(self, file):
        assert not file.lock_when_looked
        assert file.content_when_looked != file.cloud or file.doubtful
        assert self.now - file.hinted >= CONFIG.quiet_s
        assert self.now - file.acted >= CONFIG.quiet_s
        file.acted = self.now
        if self.lossless:
            assert not file.locked
            assert self.now - file.written >= CONFIG.quiet_s

    # what happens

    def step(self, what, path, amount):
        file = self.files[path]
        heard = self.lossless or amount % 3 > 0
        if what in ("write", "touch"):
            self.tick += 1
            file.content = f"c{amount % 4}" if what == "write" else file.content
            file.stat = Stat(len(file.content), self.tick, str(self.tick))
            file.written = self.now
            file.doubtful |= file.unread
        elif what == "remove":
            file.stat = None
            file.written = self.now
        elif what in ("lock", "unlock"):
            file.locked = what == "lock"
        elif what in ("deny", "allow"):
            file.denied = what == "deny"
        elif what == "wait":
            self.pass_time(float(amount))
        else:
            getattr(self, f"do_{what}")(path, file)
        if heard and what in ("write", "touch", "remove"):
            self.hint(path)
        elif heard and what in ("lock", "unlock"):
            self.give(m.LockSeen(path, file.locked))

    def hint(self, path):
        self.files[path].hinted = self.now
        self.give(m.EventSeen(path))

    def do_hint(self, path, _file):
        self.hint(path)

    def do_work(self, path, file):
        """One look or hash is made; its answer is on its way."""
        if not file.asked:
            return
        asked = file.asked.pop(0)
        if isinstance(asked, m.Look):
            answer = m.Seen(path, asked.number, file.stat, file.locked)
        elif file.denied or file.stat is None:
            answer = m.Hashed(path, asked.number, None, None)
        else:
            answer = m.Hashed(path, asked.number, file.stat, file.content)
        file.done.append((answer, file.locked, file.content))

    def do_answer(self, _path, file):
        if file.done:
            answer, locked, content = file.done.pop(0)
            if isinstance(answer, m.Seen):
                file.lock_when_looked, file.content_when_looked = locked, content
            self.give(answer)

    def do_save(self, _path, file):
        if file.stat is not None:
            file.saves.append((file.stat, file.content))

    def do_cloud(self, path, file):
        if file.saves:
            stat, file.cloud = file.saves.pop(0)
            file.hinted = self.now
            self.give(m.Saved(path, stat, file.cloud))

    def do_open(self, path, file):
        self.tick += 1
        file.content = file.cloud = f"c{self.tick % 4}"
        file.stat = Stat(2, self.tick, str(self.tick))
        file.saves, file.unread, file.doubtful = [], True, False
        file.written = file.hinted = self.now
        self.give(m.Opened(path, file.stat))

    def do_scan(self, _path, _file):
        self.give(m.ScanBegun())
        for path, file in self.files.items():
            if file.scanned != file.stat:
                file.scanned = file.stat
                file.hinted = self.now
                self.give(m.ScanFound(path))
        self.give(m.FolderScanned(FOLDER, whole=True))
        self.give(m.ScanEnded())

    def do_ask(self, path, _file):
        self.give(m.PolicyChanged(Policy.ASK, path=path))

    def do_automatic(self, path, _file):
        self.give(m.PolicyChanged(Policy.AUTOMATIC, path=path))

    def do_off(self, path, _file):
        self.give(m.PolicyChanged(Policy.OFF, path=path))

    def pass_time(self, seconds):
        end = self.now + seconds
        while due := [path for path, file in self.files.items() if file.timer is not None and file.timer[1] <= end]:
            path = min(due, key=lambda name: self.files[name].timer[1])
            number, at = self.files[path].timer
            self.files[path].timer = None
            self.now = max(self.now, at)
            self.give(m.TimerFired(path, number))
        self.now = end

    def settle(self):
        """Everything under way comes to its end, and a scan finds what was lost."""
        for path, file in self.files.items():
            file.denied = file.locked = False
            while file.saves:
                self.do_cloud(path, file)
        self.do_scan("", None)
        for _ in range(60):
            for path, file in self.files.items():
                while file.asked or file.done:
                    self.do_work(path, file)
                    self.do_answer(path, file)
            self.pass_time(61.0)


def truth(file):
    if file.doubtful:
        return FileState.CHANGED if file.stat is not None else FileState.MISSING
    if file.stat is None:
        return FileState.MISSING
    return FileState.SAVED if file.content == file.cloud else FileState.CHANGED


@settings(max_examples=250)
@given(STEPS, st.booleans())
def test_every_history_ends_with_the_truth(steps, lossless):
    world = World(lossless=lossless)
    for step in steps:
        world.step(*step)
    for path in FILES:
        world.give(m.PolicyChanged(Policy.OFF, path=path))
    world.settle()
    for path, file in world.files.items():
        assert world.work.state(path) is truth(file)
        assert file.timer is None
        assert not file.asked


@settings(max_examples=150)
@given(STEPS)
def test_automatic_ends_with_everything_in_the_cloud(steps):
    world = World(lossless=True)
    for step in steps:
        world.step(*step)
    for path in FILES:
        world.give(m.PolicyChanged(Policy.AUTOMATIC, path=path))
    world.settle()
    for path, file in world.files.items():
        # content that was saved automatically before and lost by a later save of the host's is not saved again
        assert world.work.state(path) is truth(file) or file.saves
        while file.saves:
            world.do_cloud(path, file)
    world.settle()
    for path, file in world.files.items():
        assert world.work.state(path) is truth(file)


@settings(max_examples=100)
@given(STEPS)
def test_one_file_does_not_touch_another(steps):
    """The first file hears and does the same whether the second one lives or not."""
    both, alone = World(lossless=True), World(lossless=True)
    for step in steps:
        if step[0] == "scan":
            continue  # looks at both by its nature
        both.step(*step)
        if step[1] == FILES[0]:
            alone.step(*step)
        elif step[0] == "wait":
            alone.pass_time(float(step[2]))
    assert both.told[FILES[0]] == alone.told[FILES[0]]


@given(st.lists(st.sampled_from(["event", "look", "hash"]), max_size=80))
def test_an_unending_write_is_never_saved(order):
    """A program that writes all the time: settled or not, no quiet period ever ends."""
    world = World(lossless=True)
    path, file = FILES[0], world.files[FILES[0]]
    world.do_automatic(path, file)
    for number, what in enumerate(order):
        world.step("write" if what == "event" else "touch", path, number)
        world.do_work(path, file)
        world.do_answer(path, file)
        world.pass_time(50.0)
    assert not file.saves


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8), st.booleans()), max_size=60))
def test_no_order_of_inputs_is_an_error(inputs):
    work = Workfiles(CONFIG)
    path, stat = FILES[0], Stat(1, 1, "")
    makers = (
        lambda n, flag: m.Known(path, stat, "a"),
        lambda n, flag: m.Opened(path, Stat(n, n) if flag else None),
        lambda n, flag: m.Saved(path, Stat(n, n), "b" if flag else "a"),
        lambda n, flag: m.EventSeen(path),
        lambda n, flag: m.ScanFound(path),
        lambda n, flag: m.LockSeen(path, flag),
        lambda n, flag: m.Seen(path, n, Stat(n, n) if flag else None, flag),
        lambda n, flag: m.Hashed(path, n, Stat(n, n) if flag else None, "b" if n % 2 else None),
        lambda n, flag: m.TimerFired(path, n),
        lambda n, flag: m.PolicyChanged(list(Policy)[n % 3], n + 1.0, path if flag else None),
        lambda n, flag: m.Forgotten(path),
        lambda n, flag: m.ScanBegun() if flag else m.ScanEnded(),
        lambda n, flag: m.FolderScanned(FOLDER, flag),
    )
    for which, number, flag in inputs:
        work.handle(makers[which](number, flag))
        assert sum(work.counts().values()) == (work.state(path) is not None)
