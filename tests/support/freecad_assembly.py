"""An assembly as engineers have them, made inside FreeCAD: code for `FreeCad.do`, with `root` as its folder.

Same-named parts in different folders, umlauts and Chinese in names, a sub-assembly, an array, an expression over
documents, a binder. The parts lie beside the assembly's own folder.
"""

from __future__ import annotations

BUILD = """
def document(path):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    made = App.newDocument(os.path.splitext(os.path.basename(path))[0])
    made.saveAs(path)
    return made

def part(path, length):
    made = document(path)
    made.addObject("Part::Box", "Box").Length = length
    made.addObject("Part::Cylinder", "Unused").Radius = length
    made.recompute()
    made.save()
    return made

def link(owner, name, target, count=0, x=0):
    made = owner.addObject("App::Link", name)
    made.LinkedObject = target
    made.Placement.Base.x = x
    if count:
        made.ElementCount = count
    return made

bolt, other_bolt = part("normal/bolt.FCStd", 11), part("fein/bolt.FCStd", 23)
plate, flange = part("Stücke/Größe & \\"Maß\\".FCStd", 31), part("零件/法兰.FCStd", 43)
sub = document("Baugruppe/sub.FCStd")
link(sub, "Bolts", bolt.Box, count=4)
link(sub, "Flange", flange.Box, x=5)
group = sub.addObject("App::Part", "All")
group.addObjects(sub.findObjects("App::Link"))
sub.recompute()
sub.save()
main = document("Getriebe Ü/Getriebe Ü.FCStd")
link(main, "Sub", sub.All)
link(main, "Fine", other_bolt.Box, x=9)
link(main, "Plate", plate.Box, x=99)
spacer = main.addObject("Part::Box", "Spacer")
spacer.setExpression("Length", f"{other_bolt.Name}#Box.Length * 10")
main.recompute()
for one in (bolt, other_bolt, plate, flange, sub, main):
    one.recompute()
    one.save()
"""
#: The geometry of all that is seen, by the object's name; two equal lists are equal assemblies.
SHAPES = """
import Part
def shapes(document):
    found = []
    for one in document.Objects:
        shape = Part.getShape(one)
        if not shape.isNull():
            box = shape.BoundBox
            found.append([one.Name, round(shape.Volume, 6), round(box.XMax, 6), round(box.YMax, 6), len(shape.Solids)])
    return sorted(found)
result = shapes(App.ActiveDocument)
"""
#: What does not resolve in any open document.
BROKEN = """
result = [f"{d.Name}.{o.Name}" for d in App.listDocuments().values() for o in d.Objects
          if not o.isValid() or (o.TypeId == "App::Link" and o.LinkedObject is None)]
"""
