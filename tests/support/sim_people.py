"""What can happen at any moment: people, hosts, disks, the desk, the machine. Each is one step of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from iscbridge.core import inputs as i
from iscbridge.core.jobs import ErrorInfo, JobKind, LicenseLimit, Origin
from support.sim_world import World

HOSTS = ("host-a", "host-b")
REQUEST_IDS = (None, None, None, "1", "2", "3")
CRASH_POINTS = ("before commit", "before effects", "between effects")


def go_on(world: World) -> None:
    for _ in range(1 + world.dice.below(3)):
        world.run_next()
        if world.dice.chance(0.7):
            world.pump()


def wait_a_little(world: World) -> None:
    world.run_until(world.now + world.dice.pick((0.01, 0.2, 1.0, 7.0)))


def _request(world: World, kind: JobKind) -> None:
    dice = world.dice
    token = world.token()
    path, assembly = "", False
    if kind is not JobKind.OPEN:
        targets = world.files.targets
        target = targets[0] if world.personality.one_file else dice.pick(targets)
        path, assembly = dice.pick(target.spellings), target.assembly
        if dice.chance(0.03):
            path = "C:/w/never-there.prt"
    origin = Origin(dice.pick(HOSTS), "cad", "", dice.pick(REQUEST_IDS))
    request = i.JobRequested(
        world.now, token, f"j{token}", kind, path, origin, assembly, None, dice.chance(0.1), world.limit
    )
    world.ask(request)


def save(world: World) -> None:
    _request(world, JobKind.SAVE)


def save_as(world: World) -> None:
    _request(world, JobKind.SAVE_AS)


def open_file(world: World) -> None:
    _request(world, JobKind.OPEN)


def solve(world: World) -> None:
    _request(world, JobKind.SOLVE)


def pass_through(world: World) -> None:
    world.ask(
        i.CallRequested(world.now, world.token(), world.dice.pick(("CheckNewVersions", "UpgradeNotify")), ("true",))
    )


def _some_job(world: World) -> str | None:
    jobs = list(world.journal.jobs)
    if not jobs:
        return None
    return jobs[-1 - world.dice.below(min(6, len(jobs)))]


def cancel(world: World) -> None:
    job = _some_job(world)
    if job is not None:
        world.ask(i.CancelRequested(world.now, world.token(), job))


def _put_back(world: World, job_id: str) -> None:
    """What the service does before a retry or resolve: final jobs come from the journal."""
    job = world.journal.jobs[job_id]
    if job.state.is_final and not world.dice.chance(0.05):
        world.push(i.JobRevived(world.now, job))


def retry(world: World) -> None:
    job = _some_job(world)
    if job is not None:
        _put_back(world, job)
        world.ask(i.RetryRequested(world.now, world.token(), job, world.limit))


def resolve(world: World) -> None:
    job = _some_job(world)
    if job is not None:
        _put_back(world, job)
        word = world.dice.pick((i.Resolution.REPEAT, i.Resolution.DISMISS))
        world.ask(i.ResolveRequested(world.now, world.token(), job, word))


def reconnect(world: World) -> None:
    world.ask(i.ReconnectRequested(world.now, world.token()))


def pause(world: World) -> None:
    world.count("paused")
    for_s = world.dice.pick((None, None, 0.5, 20.0, 400.0))
    world.ask(i.PauseRequested(world.now, world.token(), None if for_s is None else world.now + for_s))


def resume(world: World) -> None:
    world.ask(i.ResumeRequested(world.now, world.token()))


def forced_upgrade(world: World) -> None:
    """ISCDesk will be upgraded: nothing new goes out, and the bridge closes once nothing is on its way."""
    if not world.closing and not world.draining:
        world.drain()


def shut_down(world: World) -> None:
    if not world.closing:
        world.ask(i.ShutdownRequested(world.now, world.token()))


def license_changes(world: World) -> None:
    world.count("licence allows no new work")
    expired = ErrorInfo("ISCB-LIC-EXPIRED", {"product": "cad", "url": ""})
    opened_before = world.dice.pick((None, world.now, world.now - 50.0))
    world.license(LicenseLimit(expired, opened_before, world.dice.chance(0.5)))
    world.lasting(world.dice.pick((0.5, 20.0, 400.0)), world.license, None)


# ---- files


def _some_file(world: World) -> str:
    return next(iter(world.files.files)) if world.personality.one_file else world.dice.pick(list(world.files.files))


def edit(world: World) -> None:
    world.count("file changed")
    world.files.write(_some_file(world))


def put_older(world: World) -> None:
    world.count("file replaced by an older one")
    world.files.restore_older(_some_file(world))


def delete(world: World) -> None:
    world.count("file deleted")
    world.files.files[_some_file(world)].exists = False


def lock(world: World) -> None:
    world.count("file locked")
    file = world.files.files[_some_file(world)]
    file.locked = True
    world.lasting(world.dice.pick((0.5, 8.0, 100.0)), setattr, file, "locked", False)


def share_sleeps(world: World) -> None:
    world.count("share does not answer")
    world.files.slow.add("S:")
    world.lasting(world.dice.pick((3.0, 15.0, 200.0)), world.files.slow.discard, "S:")


def disk_full(world: World) -> None:
    world.count("snapshot store full")
    world.files.capture_error = ErrorInfo("ISCB-JOURNAL-DISK-FULL")
    world.lasting(world.dice.pick((1.0, 30.0)), setattr, world.files, "capture_error", None)


# ---- the SDK and the desk


def sdk_ends(world: World) -> None:
    alive = world.desk.alive()
    if alive:
        world.count("SDK process crashed or hung")
        code = world.dice.pick(("ISCB-SDK-CRASHED", "ISCB-SDK-HUNG"))
        world.desk.fall(world.dice.pick(alive), asked=False, code=code)


def desk_closes(world: World) -> None:
    world.count("desk closed")
    world.desk.absent = True
    world.lasting(world.dice.pick((0.1, 5.0, 200.0)), setattr, world.desk, "absent", False)
    for session in world.desk.alive():
        if session.state == "open":
            world.desk.close_client(session)


def desk_speaks(world: World) -> None:
    for session in world.desk.alive():
        word = world.dice.pick(
            ("HeartBeat", "UploadStart", "UploadEnd", "UpgradeNotice", "Update", "LicenseVerify", "News")
        )
        world.desk.unasked(session, word)


def stale_news(world: World) -> None:
    """Answers to what was asked long ago, and of jobs that never were."""
    world.count("stale input")
    dice, now = world.dice, world.now
    job = _some_job(world) or "nobody"
    session, epoch = dice.pick(list(i.Session)), dice.pick((-1, 0, 999))
    word = dice.pick(("SaveResult", "OpenFile", "", "ClientClosed"))
    if dice.chance(0.2):
        keys = ("", "job:nobody", f"job:{job}", "lane:transfer", "lane:x", "quiet", "pause", "x:y:z")
        world.push(i.TimerFired(now, dice.pick(keys)))
        return
    world.hear_old_news(
        dice.pick(
            (
                i.CaptureFailed(now, job, -1, ErrorInfo("ISCB-FILE-MISSING"), refused=False),
                i.CaptureSlow(now, job, 0),
                i.Prepared(now, job, -1, i.CheckOutcome.SAME, "C:/nowhere"),
                i.Rechecked(now, job, -1, i.CheckOutcome.SAME),
                i.SessionReady(now, session, epoch),
                i.SessionEnded(now, session, epoch, asked=False),
                i.SessionRefused(now, session, epoch, ErrorInfo("ISCB-SDK-INIT")),
                i.CallReturned(now, session, epoch, -1, ok=False),
                i.SdkEvent(now, session, epoch, word, {"status": "failed"}, "x"),
            )
        )
    )


# ---- the machine


def journal_fails(world: World) -> None:
    world.fail_commits = world.dice.pick((1, 1, 2))


def service_dies(world: World) -> None:
    if world.closing:
        return
    if world.dice.chance(0.3):
        world.count("service died at rest")
        world.crash()
    else:
        world.crash_point = world.dice.pick(CRASH_POINTS)


#: Every step with its weight. The order is part of what a seed means.
ACTIONS: tuple[tuple[Callable[[World], None], float], ...] = (
    (go_on, 60),
    (wait_a_little, 4),
    (save, 13),
    (save_as, 2),
    (open_file, 2),
    (solve, 0.7),
    (pass_through, 0.7),
    (cancel, 3),
    (retry, 3),
    (resolve, 1.5),
    (reconnect, 0.4),
    (shut_down, 0.4),
    (edit, 3),
    (put_older, 1.5),
    (delete, 0.8),
    (lock, 1),
    (share_sleeps, 0.5),
    (disk_full, 0.3),
    (sdk_ends, 2),
    (desk_closes, 0.7),
    (desk_speaks, 0.7),
    (stale_news, 1.5),
    (journal_fails, 1.2),
    (service_dies, 1.2),
    (license_changes, 1.0),
    (pause, 0.8),
    (resume, 0.8),
    (forced_upgrade, 0.5),
)
NAMES = tuple(action.__name__ for action, _ in ACTIONS)

#: What a schedule is mostly about: these steps come more often than by their weight.
MOODS: tuple[dict[str, float], ...] = (
    {},
    {"save_as": 5, "open_file": 5, "cancel": 3, "sdk_ends": 3},
    {"sdk_ends": 4, "service_dies": 5, "journal_fails": 5, "shut_down": 3},
    {"edit": 10, "put_older": 4, "delete": 3, "lock": 4, "share_sleeps": 4},
    {"cancel": 4, "retry": 6, "resolve": 6},
    {"license_changes": 12, "open_file": 4, "retry": 3},
    {"pause": 8, "resume": 4, "save_as": 3, "open_file": 3, "sdk_ends": 2},
    {"save_as": 15, "save": 0.5, "sdk_ends": 5, "cancel": 2},
    {"forced_upgrade": 16, "pause": 5, "resume": 6, "open_file": 3, "edit": 3, "wait_a_little": 2},
)
CUMULATIVE = tuple(
    tuple(accumulate(weight * mood.get(action.__name__, 1) for action, weight in ACTIONS)) for mood in MOODS
)
