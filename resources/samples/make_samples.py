"""Makes the sample documents beside this file with FreeCAD 0.20 or later, without its window.

    /usr/bin/python3 resources/samples/make_samples.py [FOLDER]

`bracket.FCStd` is a part by itself. `gearbox/gearbox.FCStd` is an assembly with a sub-assembly, an array of
links, a shape binder, an expression that reaches into another document, parts of the same name in different folders (one
of them outside the assembly's folder) and names with umlauts, blanks, an ampersand and Chinese characters.
FreeCAD writes dates and random ids into its files, so a second run gives equal shapes and not equal bytes.
"""

from __future__ import annotations

import glob
import math
import os
import sys
from typing import Any

# Debian's places; on another system start this with FreeCAD's own Python.
sys.path += [
    "/usr/lib/freecad-python3/lib",
    "/usr/share/freecad/Ext",
    "/usr/share/freecad/Mod",
    *glob.glob("/usr/share/freecad/Mod/*"),
]

import FreeCAD as App  # its place had to be named first
import Part

V = App.Vector


def document(path: str) -> Any:
    """A new document, saved at once: links and expressions need the place of both ends."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    made = App.newDocument(os.path.splitext(os.path.basename(path))[0])
    made.saveAs(path)
    return made


def solid(doc: Any, name: str, shape: Any, **lengths: float) -> Any:
    """A feature with a shape, and parameters that expressions can use."""
    feature = doc.addObject("Part::Feature", name)
    feature.Shape = shape
    for key, value in lengths.items():
        feature.addProperty("App::PropertyLength", key)
        setattr(feature, key, value)
    doc.recompute()
    doc.save()
    return feature


def link(doc: Any, name: str, target: Any, place: tuple[float, float, float] = (0, 0, 0), count: int = 0) -> Any:
    """A link to an object of another document; `count` makes it an array along x."""
    made = doc.addObject("App::Link", name)
    made.LinkedObject = target
    made.Placement = App.Placement(V(*place), App.Rotation())
    if count:
        made.ElementCount = count
        made.PlacementList = [App.Placement(V(30 * number, 0, 0), App.Rotation()) for number in range(count)]
    return made


def gear(teeth: int, module: float, width: float, bore: float) -> Any:
    """A spur gear with straight flanks."""
    root, tip = module * (teeth / 2 - 1.25), module * (teeth / 2 + 1)
    points = []
    for tooth in range(teeth):
        for part, radius in ((0.0, root), (0.2, root), (0.35, tip), (0.65, tip), (0.8, root)):
            angle = 2 * math.pi * (tooth + part) / teeth
            points.append(V(radius * math.cos(angle), radius * math.sin(angle), 0))
    wheel = Part.Face(Part.makePolygon([*points, points[0]])).extrude(V(0, 0, width))
    return wheel.cut(Part.makeCylinder(bore / 2, width))


def bolt(diameter: float, length: float) -> Any:
    """A bolt with a hexagonal head."""
    corners = [V(diameter * math.cos(math.pi * k / 3), diameter * math.sin(math.pi * k / 3), 0) for k in range(7)]
    head = Part.Face(Part.makePolygon(corners)).extrude(V(0, 0, diameter * 0.7))
    return head.fuse(Part.makeCylinder(diameter / 2, length, V(0, 0, -length)))


def bracket() -> Any:
    """An angle with holes and a rounded edge."""
    shape = Part.makeBox(80, 50, 6).fuse(Part.makeBox(6, 50, 60)).removeSplitter()
    for x in (30, 60):
        for y in (12, 38):
            shape = shape.cut(Part.makeCylinder(4, 6, V(x, y, 0)))
    upright = [edge for edge in shape.Edges if edge.Length == 50 and edge.CenterOfMass.isEqual(V(6, 25, 6), 0.1)]
    return shape.makeFillet(5, upright)


def housing() -> Any:
    """A box with two bearing seats."""
    shape = Part.makeBox(160, 90, 70).cut(Part.makeBox(148, 78, 64, V(6, 6, 6)))
    for x in (50, 110):
        shape = shape.cut(Part.makeCylinder(12, 90, V(x, 0, 35), V(0, 1, 0)))
    return shape


def main(folder: str) -> None:
    """Make all samples in `folder`."""
    App.ParamGet("User parameter:BaseApp/Preferences/Document").SetBool("CreateBackupFiles", False)

    def at(*parts: str) -> str:
        return os.path.join(folder, *parts)

    solid(document(at("bracket.FCStd")), "Bracket", bracket())
    shaft_doc = document(at("gearbox", "shaft.FCStd"))
    shaft = solid(shaft_doc, "Shaft", Part.makeCylinder(10, 120), Reach=120)
    small_bolt = solid(document(at("gearbox", "fasteners", "bolt.FCStd")), "Bolt", bolt(6, 20), Reach=20)
    long_bolt = solid(document(at("library", "bolt.FCStd")), "Bolt", bolt(10, 60), Reach=60)
    box = solid(document(at("gearbox", "housing", "Gehäuse & Deckel.FCStd")), "Housing", housing())
    wheel = solid(document(at("gearbox", "drive", "齿轮.FCStd")), "Gear", gear(24, 2.5, 18, 20))

    drive = document(at("gearbox", "drive", "drive.FCStd"))
    train = drive.addObject("App::Part", "Train")
    train.addObject(link(drive, "Shaft", shaft))
    train.addObject(link(drive, "Gear", wheel, (0, 0, 40)))
    drive.recompute()
    drive.save()

    gearbox = document(at("gearbox", "gearbox.FCStd"))
    link(gearbox, "Housing", box)
    link(gearbox, "Drive", train, (50, -15, 35))
    link(gearbox, "Shaft2", shaft, (110, -15, 35))
    link(gearbox, "Bolts", small_bolt, (10, 10, 70), count=4)
    link(gearbox, "Anchor", long_bolt, (80, 45, 6))
    spacer = gearbox.addObject("Part::Box", "Spacer")
    spacer.setExpression("Length", f"<<{shaft_doc.Label}>>#Shaft.Reach / 4")
    binder = gearbox.addObject("PartDesign::SubShapeBinder", "Seat")
    binder.Support = [(box, ("Face1",))]
    gearbox.recompute()
    gearbox.save()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)))
