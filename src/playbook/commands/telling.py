"""Somebody learns how an unattended run went: a command is given its status, or a mail says it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

from playbook.commands.output import moved_into
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, reason
from playbook.words.text import Lang

if TYPE_CHECKING:
    from playbook.publishing.status import RunStatus

_PATIENCE = 60.0  # seconds
_SUBJECT = {
    "done": msg("Reports updated"),
    "failed": msg("Some reports could not be made"),
    "refused": msg("Reports were not updated"),
}
_STANDS = msg("What people see now is as of {}.")
_NOTHING = msg("There is nothing to see yet.")


def notify(command: str, status: RunStatus) -> None:
    """Start a command, without a shell, and give it the status as JSON on its standard input.

    ArgumentError where it cannot be started, ends with an error, or takes longer than a minute; then it is ended, with
    all that it started where the system knows that.
    """
    place = "--notify"
    try:
        # Windows parts the words of a command line itself, by rules that are not the shell's.
        words = shlex.split(command) if os.name == "posix" else command
        with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as started:
            try:
                started.communicate(status.text.encode("utf-8"), _PATIENCE)
            except BaseException:
                _end(started)
                raise
    except subprocess.TimeoutExpired:
        found = msg("'{command}' did not end within {patience:g} seconds", command=command, patience=_PATIENCE)
        raise ArgumentError(Problem(place, found)) from None
    except ValueError:
        found = msg("'{command}' has a quotation mark that is not closed", command=command)
        raise ArgumentError(Problem(place, found, msg("a command"))) from None
    except OSError as error:
        found = msg("'{command}' cannot be started: {said}", command=command, said=reason(error))
        raise ArgumentError(Problem(place, found, msg("a command"), _BLANKS)) from None
    if started.returncode:
        found = msg("'{command}' ended with {returncode}", command=command, returncode=started.returncode)
        raise ArgumentError(Problem(place, found))


_BLANKS = msg("a name with blanks stands in quotation marks; of a shell's own commands, name the shell as well")


def _end(started: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(started.pid, signal.SIGKILL)
    else:
        started.kill()


def write_mail(to: Path, status: RunStatus, lang: Lang) -> None:
    """Write a mail that says how a run went, without anybody it is to: whoever sends it knows.

    ArgumentError where the file cannot be written.
    """
    mail = EmailMessage(policy=SMTP)
    label = f" ({status.workspace})" if status.workspace else ""
    mail["Subject"] = f"playbook: {_SUBJECT[status.status].say(lang)}{label}"
    mail["X-Playbook-Status"] = status.status
    mail.set_content("\n".join(_lines(status, lang)) + "\n")
    mail.add_attachment(status.text.encode("utf-8"), "application", "json", filename="status.json")
    moved_into(to, lambda beside: beside.write_bytes(mail.as_bytes()))


def _lines(status: RunStatus, lang: Lang) -> Iterator[str]:
    yield _SUBJECT[status.status].say(lang)
    yield f"{status.at}"
    yield ""
    yield from status.why
    for one in status.failed:
        yield f"{one['report']} {one['target']}".rstrip() + f": {one['failure']}"
    yield ", ".join(f"{name} {count}" for name, count in status.pages.items())
    yield _STANDS.say(lang).format(status.as_of) if status.as_of else _NOTHING.say(lang)
