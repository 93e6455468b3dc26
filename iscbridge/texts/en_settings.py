"""Texts of the settings window, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {}

#: Sentences by id.
MESSAGES: dict[str, str] = {
    "setting.general.appearance": "Whether the windows are light or dark. “auto” follows the system.",
    "setting.general.autostart": "Whether ISCBridge starts when you log on, so that saving to the cloud is ready before the CAD is.",
    "setting.general.notifications": "What pops up on the screen: “all”; “important”, only what needs you; “none”. The activity window lists everything all the same.",
    "setting.general.quiet_when_presenting": "Whether pop-ups wait while you present or a program fills the screen. They are shown afterwards, as one.",
    "setting.files.watch": "Whether files that were opened from the cloud or saved to it are watched for changes, so that you see which of them the cloud does not have yet.",
    "setting.files.when_changed": "What happens when a watched file has changed: “off” only shows it, “ask” asks whether to save it to the cloud, “automatic” saves it after a quiet time. A single file can be set otherwise in the files window.",
    "setting.files.quiet_minutes": "For how many minutes a changed file must stay untouched before it is saved by itself or asked about. A file that a CAD has locked waits longer.",
}
