"""Texts of the vendor's licence relay, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-RELAY-SEALED": (
        "Something sealed in the database can't be opened",
        "What was kept for “{purpose}” was sealed with another key, or was changed. It was left as it is.",
        "Restore the key “seal_key” that belongs to this database, or enter the code again.",
    ),
    "ISCB-RELAY-SECRET": (
        "A secret of the relay can't be used",
        "The secret “{name}” can't be used: {detail}. The relay did not start; devices go on with the leases they have.",
        "Put it right as docs/relay.md says, then start the relay again.",
    ),
    "ISCB-RELAY-DATABASE-NEWER": (
        "The database belongs to a newer relay",
        "The tables have version “{version}”, which this relay does not know. Nothing was changed.",
        "Start the newer relay, or restore a backup of this version.",
    ),
    "ISCB-RELAY-DATABASE": (
        "The relay's database does not answer",
        "The relay can't reach its database: {detail}. Nothing was lost; devices go on with the leases they have.",
        "It tries again by itself. If this stays, look at the database server and the address in relay.toml.",
    ),
    "ISCB-RELAY-SETTINGS": (
        "The relay's settings can't be used",
        "“{path}” can't be used: {detail}. The relay did not start; devices go on with the leases they have.",
        "Correct the file; docs/relay.md has its form. Then start the relay again.",
    ),
}

#: Message id: text.
MESSAGES: dict[str, str] = {}
