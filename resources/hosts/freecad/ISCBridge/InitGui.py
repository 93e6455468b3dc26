"""FreeCAD runs this at its start, without a file name of its own: everything is in `iscbridge_freecad`."""

from iscbridge_freecad import addin

addin.start()
