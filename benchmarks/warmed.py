"""What the standard library's forkserver loads before it forks: the same as our own warm process (`handing.py`)."""

from playbook.running.forkserver import preload

TOOLS = preload()
