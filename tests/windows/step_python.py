"""Step `python`: the installed wheel, tested by pytest on Windows Python."""

from __future__ import annotations

import concurrent.futures

from stage import LaneError, Stage
from wine import windows_path

NEEDS = {
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
}

#: Which tests run on Windows Python: one pytest run for each group. The parts' own tests are those that touch the
#: system and need no AF_UNIX socket, no compiler and no signal; docs/windows.md says what is left out and why.
GROUPS = {
    "smoke": ("tests/windows/smoke",),
    "faults": (
        "tests/windows/faults",
        "tests/faults/test_second_bridge.py",
    ),
    "demo": ("tests/windows/demo",),
    "shown": ("tests/windows/shown",),
    "protocol": (
        "tests/ipc/test_hostile.py",
        "tests/ipc/test_server.py",
    ),
    "service": (
        "tests/ipc/test_framing.py",
        "tests/service/test_bridge_on_a_thread.py",
        "tests/service/test_clock_and_workers.py",
        "tests/service/test_deadlines.py",
        "tests/service/test_janitor.py",
        "tests/service/test_job_pages.py",
        "tests/service/test_known_licenses.py",
        "tests/service/test_log_file.py",
        "tests/service/test_order_of_time.py",
        "tests/service/test_serve_settings.py",
        "tests/service/test_support_bundle.py",
        "tests/service/test_workfile_parts.py",
    ),
    "parts": (
        "tests/platform/test_autostart_windows.py",
        "tests/platform/test_durable.py",
        "tests/platform/test_faults.py",
        "tests/platform/test_files.py",
        "tests/platform/test_folders.py",
        "tests/platform/test_heap.py::test_it_can_be_asked_everywhere",
        "tests/platform/test_locks.py",
        "tests/platform/test_private.py",
        "tests/platform/test_scan.py",
        "tests/platform/test_scan_decides.py",
        "tests/platform/test_watching.py",
        "tests/ipc/test_paths.py",
        "tests/device/test_dumps.py",
        "tests/device/test_take.py",
        "tests/sdk/test_library.py",
        "tests/sandbox/test_cloud.py",
        "tests/sandbox/test_personality.py",
    ),
    "keeping": (
        "tests/platform/test_sandbox_clock.py",
        "tests/platform/test_secrets.py",
        "tests/platform/test_settings.py",
        "tests/platform/test_settings_edit.py",
        "tests/platform/test_settings_file.py",
    ),
    "journal": (
        "tests/hosts/test_closure.py",
        "tests/hosts/test_collect.py",
        "tests/hosts/test_generic.py",
        "tests/journal/test_capture.py",
        "tests/journal/test_damage.py",
        "tests/journal/test_handing_over.py",
        "tests/journal/test_journal.py",
        "tests/journal/test_snapshots.py",
    ),
}

#: Wine looks at every name in a folder to find one in any case: 10,000 files in one folder take it minutes.
LEFT_OUT = (
    "tests/hosts/test_closure.py::test_ten_thousand_files",
    "tests/journal/test_capture.py::test_ten_thousand_files",
)


#: Two rows of groups, one for each processor. What asks for the same entries of the registry stands in one row.
ROWS = (("smoke", "parts", "demo", "service", "journal"), ("shown", "keeping", "faults", "protocol"))

#: Groups with another window system than Qt's offscreen platform.
WINDOW_SYSTEM = {"shown": "windows"}


def run(stage: Stage) -> None:
    """Run both rows; what fails in one group keeps no other from running."""
    pictures = windows_path(stage.pictures)
    with concurrent.futures.ThreadPoolExecutor(len(ROWS)) as pool:
        problems = [
            problem for found in pool.map(lambda row: _run_row(stage, row, pictures), ROWS) for problem in found
        ]
    if problems:
        raise LaneError("; ".join(problems))


def _run_row(stage: Stage, row: tuple[str, ...], pictures: str) -> list[str]:
    problems: list[str] = []
    for group in row:
        environment = {"QT_QPA_PLATFORM": WINDOW_SYSTEM.get(group, "offscreen"), "WINDOWS_LANE_PICTURES": pictures}
        try:
            left_out = [f"--deselect={name}" for name in LEFT_OUT]
            stage.pytest(group, GROUPS[group], *left_out, timeout=900, env=environment)
        except LaneError as error:
            stage.laps.say(str(error))
            problems.append(str(error).splitlines()[0])
    return problems
