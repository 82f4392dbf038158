"""`python -m snnexp` is `snnexp`."""

import sys

from snnexp.commands import main

if __name__ == "__main__":
    sys.exit(main())
