"""The add-in has nothing to do where FreeCAD runs without windows."""
