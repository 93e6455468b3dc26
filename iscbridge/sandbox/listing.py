"""What the cloud holds, as the command line and the control channel show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from iscbridge.sandbox.cloud import CloudItem, CloudStore, CloudVersion


def item_as_json(item: CloudItem, versions: Sequence[CloudVersion]) -> dict[str, Any]:
    """One cloud file with all its versions, oldest first. Times are ISO 8601, UTC."""
    return {
        "path": item.path,
        "assembly": item.assembly,
        "state": item.state,
        "holder": item.holder,
        "version": item.latest.number,
        "size": item.latest.size,
        "sha256": item.latest.sha256,
        "versions": [
            {
                "version": version.number,
                "size": version.size,
                "sha256": version.sha256,
                "created": datetime.fromtimestamp(version.created, UTC).isoformat(timespec="milliseconds"),
                "author": version.author,
                "source": version.source,
            }
            for version in versions
        ],
    }


def list_cloud(store: CloudStore) -> list[dict[str, Any]]:
    """Every cloud file, by path."""
    return [item_as_json(item, store.versions(item.path)) for item in store.items()]
