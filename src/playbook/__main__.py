"""`python -m playbook` is the command `playbook`."""

import sys

from playbook.cli import main

if __name__ == "__main__":
    sys.exit(main())
