"""`iscbridge` of the frozen product: the command line, and every process of the bridge that has no window."""

import sys

from iscbridge.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
