"""`ISCBridgeTray` of the frozen product: started without arguments, as by a double click, it is the tray."""

import sys

from iscbridge.__main__ import main

if __name__ == "__main__":
    if sys.argv[1:2] != ["tray"]:
        sys.argv.insert(1, "tray")
    sys.exit(main())
