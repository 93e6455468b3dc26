"""Texts of the settings window, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-STORE-TLS-NAME": (
        "Somebody else answers in place of {host}",
        "The certificate that came belongs to another name ({detail}). A sign-in page of a guest network or a wrong entry of the name service does that. Nothing was sent to it.",
        "Sign in to the network if it wants that, then test again. Otherwise tell your administrator.",
    ),
    "ISCB-STORE-TLS-DATE": (
        "The certificate of {host} is not valid at this date",
        "Either the date of this computer is wrong, or the certificate of the other side has run out ({detail}). Nothing was sent to it.",
        "Check date, time and time zone of this computer. If they are right, tell your administrator.",
    ),
    "ISCB-STORE-TLS-UNTRUSTED": (
        "The certificate of {host} comes from somebody this computer does not trust",
        "Most often the company network looks into encrypted connections and signs with a certificate of its own, which this computer does not have ({detail}). Nothing was sent to the other side.",
        "Ask your administrator to install the certificate of the security gateway on this computer, or to except {host} from inspection.",
    ),
    "ISCB-STORE-NO-NAME": (
        "The store's name is not known here",
        "The name service of this network has no address for {host}: {detail}. Nothing changes for your licence, and you can go on working.",
        "Check the network connection. In a company network that only lets a proxy out, name the proxy in the settings.",
    ),
}

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
