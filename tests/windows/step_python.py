"""Step `python`: the installed wheel, tested by pytest on Windows Python."""

from __future__ import annotations

from stage import LaneError, Stage

#: Which tests run on Windows Python: one pytest run for each group. The parts' own tests are those that touch the
#: system and need no AF_UNIX socket, no compiler and no signal; docs/windows.md says what is left out and why.
GROUPS = {
    "smoke": ("tests/windows/smoke",),
    "parts": (
        "tests/platform/test_autostart_windows.py",
        "tests/platform/test_durable.py",
        "tests/platform/test_faults.py",
        "tests/platform/test_files.py",
        "tests/platform/test_folders.py",
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
        "tests/platform/test_secrets.py",
        "tests/platform/test_settings.py",
        "tests/platform/test_settings_edit.py",
        "tests/platform/test_settings_file.py",
        "tests/journal/test_license_codec.py",
        "tests/journal/test_license_records.py",
        "tests/journal/test_license_records_faults.py",
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


def run(stage: Stage) -> None:
    """Run each group; what fails in one keeps no other from running."""
    problems: list[str] = []
    for group, paths in GROUPS.items():
        try:
            stage.pytest(group, paths, *(f"--deselect={name}" for name in LEFT_OUT))
        except LaneError as error:
            stage.laps.say(str(error))
            problems.append(str(error).splitlines()[0])
    if problems:
        raise LaneError("; ".join(problems))
