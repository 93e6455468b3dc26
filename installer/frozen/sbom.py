"""The bill of materials, as CycloneDX 1.6 in JSON, of what really is in the frozen folder."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inventory import Component

NAME = "sbom.cdx.json"
SPEC = "1.6"
#: An SPDX identifier: what stands as `license.id`. Anything with AND, OR, WITH is an expression.
_ONE_ID = re.compile(r"[A-Za-z0-9.+-]+")


def document(folder: Path, components: Sequence[Component], made: int) -> dict[str, object]:
    """The document; the same folder and time give the same bytes.

    Args:
        folder: the frozen folder.
        components: everything in it.
        made: the time to name, in seconds since 1970 (the commit's, for a release that can be built again).
    """
    product = next(one for one in components if one.name == "ISCBridge")
    whole = [one for one in components if not one.of]
    parts = [_component(folder, one) for one in components if one is not product]
    inner = {
        name: sorted(_reference(one) for one in components if one.of == name) for name in {o.of for o in components}
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{product.purl}#{digest}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": _component(folder, product) | {"type": "application"},
        },
        "components": parts,
        "dependencies": [
            {
                "ref": product.purl,
                "dependsOn": sorted([*(one.purl for one in whole if one is not product), *inner.get(product.name, [])]),
            },
            *(
                {"ref": _reference(one), "dependsOn": [] if one.of else inner.get(one.name, [])}
                for one in components
                if one is not product
            ),
        ],
    }


def write(folder: Path, components: Sequence[Component], made: int) -> None:
    """Put it into the folder."""
    text = json.dumps(document(folder, components, made), indent=1, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def _reference(one: Component) -> str:
    """The same part may be in several components."""
    return f"{one.purl}#in-{one.of.lower().replace(' ', '-')}" if one.of else one.purl


def _component(folder: Path, one: Component) -> dict[str, object]:
    found: dict[str, object] = {
        "type": "library",
        "bom-ref": _reference(one),
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "licenses": [_licence(one.licence)],
    }
    if not one.version:  # of a part that does not show it
        del found["version"]
    if one.archive_hash:
        found["hashes"] = [{"alg": "SHA-256", "content": one.archive_hash}]
    if one.files:
        found["components"] = [_file(folder, name) for name in one.files]
    return found


def _licence(licence: str) -> dict[str, object]:
    if licence.startswith("LicenseRef-"):
        return {"license": {"name": licence.removeprefix("LicenseRef-").replace("-", " ")}}
    return {"license": {"id": licence}} if _ONE_ID.fullmatch(licence) else {"expression": licence}


def _file(folder: Path, name: str) -> dict[str, object]:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}


def faults(bill: dict[str, Any]) -> Iterator[str]:
    """What CycloneDX 1.6 asks for, and what is asked here beyond it, and the document lacks."""
    if bill.get("bomFormat") != "CycloneDX" or bill.get("specVersion") != SPEC or bill.get("version") != 1:
        yield f"{NAME} does not say what it is"
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(bill.get("serialNumber"))):
        yield f"{NAME} has no serial number"
    parts = [bill["metadata"]["component"], *bill["components"]]
    for part in parts:
        name = part.get("name")
        is_part = "#in-" in part["bom-ref"]
        if part.get("type") not in ("application", "library") or not (name and (is_part or part.get("version"))):
            yield f"{name} lacks type, name or version"
        version = f"@{re.escape(part['version'])}" if "version" in part else ""
        if not re.fullmatch(rf"pkg:(pypi|generic|cargo)/[a-z0-9._-]+{version}", str(part.get("purl"))):
            yield f"{name} has no package URL: {part.get('purl')}"
        licences = part.get("licenses") or [{}]
        if not ("expression" in licences[0] or licences[0].get("license", {}).keys() & {"id", "name"}):
            yield f"{name} has no licence"
        hashes = [one for holder in (part, *part.get("components", ())) for one in holder.get("hashes", ())]
        if not all(one["alg"] == "SHA-256" and re.fullmatch("[0-9a-f]{64}", one["content"]) for one in hashes):
            yield f"{name} has a hash that is none"
    references = [part["bom-ref"] for part in parts]
    if len(references) != len(set(references)):
        yield f"{NAME} uses a reference twice"
    for edge in bill.get("dependencies", ()):
        for reference in {edge["ref"], *edge["dependsOn"]} - set(references):
            yield f"{NAME} refers to {reference}, which it does not have"
