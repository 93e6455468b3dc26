"""ISCBridge in FreeCAD 0.20 and later: documents are saved to the cloud and opened from there.

`addin` begins, `commands` does what the buttons say, `documents` saves and opens, `bridge` talks to ISCBridge.
`client` is the protocol's client; installing the add-in puts it here. Python 3.8 or newer, PySide2 and PySide6.
"""
