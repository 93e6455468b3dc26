"""SolveSpace's files, written by hand: a bolt, and assemblies that link parts. SolveSpace itself regenerates them."""

from __future__ import annotations

from pathlib import Path

_HEAD = b"\xb1\xb2\xb3SolveSpaceREVa\n\n\n"
_REFERENCES, _SKETCH, _EXTRUDE, _LINK = 5000, 5001, 5100, 5300
_PLANE, _CIRCLE = 100, 400
_WORKPLANE = 0x80020000
_AXES = ((1, 0, 0, 0), (0.5, 0.5, 0.5, 0.5), (0.5, -0.5, -0.5, -0.5))


def write_bolt(path: Path, radius: float, length: float) -> Path:
    """A cylinder."""
    sketch = {"Group.activeWorkplane.v": f"{_WORKPLANE:08x}", "Group.subtype": "6000", "Group.predef.q.w": "1.0"}
    extruded = {"Group.activeWorkplane.v": f"{_WORKPLANE:08x}", "Group.opA.v": "00000002", "Group.subtype": "7000"}
    text = _group(1, _REFERENCES, "#references")
    text += _group(2, _SKETCH, "sketch", sketch | {"Group.predef.origin.v": "00010001"})
    text += _group(3, _EXTRUDE, "extrude", extruded | {"Group.predef.entityB.v": f"{_WORKPLANE:08x}"})
    text += _planes_parameters()
    text += "".join(_parameter(4 << 16 | at, value) for at, value in ((0x10, 0), (0x11, 0), (0x40, radius)))
    text += "".join(_parameter(0x80000000 | 3 << 16 | at, value) for at, value in enumerate((0, 0, length)))
    text += _planes() + _request(4, _CIRCLE, 2, {"Request.workplane.v": f"{_WORKPLANE:08x}"})
    return _write(path, text)


def write_assembly(path: Path, links: list[str]) -> Path:
    """The linked files beside each other, as their paths stand in the file."""
    text = _group(1, _REFERENCES, "#references")
    for number, link in enumerate(links, 2):
        text += _group(number, _LINK, f"link{number}", {"Group.meshCombine": "2"}, f"Group.impFileRel={link}\n")
    text += _planes_parameters()
    for number in range(2, len(links) + 2):
        place = (40 * (number - 2), 0, 0, 1, 0, 0, 0)
        text += "".join(_parameter(0x80000000 | number << 16 | at, value) for at, value in enumerate(place))
    return _write(path, text + _planes())


def _group(number: int, kind: int, name: str, more: dict[str, str] | None = None, behind: str = "") -> str:
    fields = {
        "Group.h.v": f"{number:08x}",
        "Group.type": str(kind),
        "Group.order": str(number - 1),
        "Group.name": name,
        **(more or {}),
        "Group.color": "00646464",
        "Group.visible": "1",
        "Group.scale": "1.0",
    }
    return "".join(f"{key}={value}\n" for key, value in fields.items()) + "Group.remap={\n}\n" + behind + "AddGroup\n\n"


def _request(number: int, kind: int, group: int, more: dict[str, str] | None = None) -> str:
    fields = {
        "Request.h.v": f"{number:08x}",
        "Request.type": str(kind),
        **(more or {}),
        "Request.group.v": f"{group:08x}",
    }
    return "".join(f"{key}={value}\n" for key, value in fields.items()) + "AddRequest\n\n"


def _planes() -> str:
    return "".join(_request(number, _PLANE, 1) for number in (1, 2, 3))


def _planes_parameters() -> str:
    found = ""
    for number, axes in enumerate(_AXES, 1):
        found += "".join(_parameter(number << 16 | 0x10 + at, 0) for at in range(3))
        found += "".join(_parameter(number << 16 | 0x20 + at, value) for at, value in enumerate(axes))
    return found


def _parameter(handle: int, value: float) -> str:
    return f"Param.h.v.={handle:08x}\nParam.val={value:.20f}\nAddParam\n\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_HEAD + text.encode())
    return path
