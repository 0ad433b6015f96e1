"""The command `playbook`: what was typed, done; the exit status says how it went (DESIGN section 5)."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from playbook.commands.arguments import Asked, asked, lang_of
from playbook.commands.terminal import open_standard, painted, say, speak_utf8
from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError, Problem, reason
from playbook.words.text import Lang

DONE, FAILED, UNUSABLE = 0, 1, 2
_STOPPED = 130  # what shells give for Ctrl-C
_ERROR = msg("error:")
_INTERRUPTED = msg("stopped")
_REFUSALS = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE),
        *(errno.ENAMETOOLONG, errno.ELOOP),
    }
)
"""What the system may refuse anybody anywhere: permission, a full disk, too many open files, an impossible name."""
_DEFECT = msg("This is a defect of playbook, not of your data: with PLAYBOOK_DEBUG=1 it says where.")

Runs = Callable[[Asked], int]


def main(written: Sequence[str] | None = None) -> int:
    """Do what was typed. The status: 0 done, 1 done but something failed, 2 unusable input or arguments."""
    if written is None:
        open_standard()
        _begin_lightly()
    speak_utf8()
    words = sys.argv[1:] if written is None else list(written)
    try:
        return _done(words)
    except PlaybookError as error:
        return _told(error, lang_of(words))
    except BrokenPipeError:  # whoever read standard output has seen enough, as in `playbook due | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        say(_INTERRUPTED.say(lang_of(words)))
        return _STOPPED
    except OSError as error:
        if not error.filename or error.errno not in _REFUSALS or os.environ.get("PLAYBOOK_DEBUG"):
            return _defect(error, lang_of(words))
        found = msg("the system refuses: {why}", why=reason(error))
        return _told(PlaybookError(Problem(str(error.filename), found)), lang_of(words))
    except Exception as error:
        return _defect(error, lang_of(words))


def _defect(error: Exception, lang: Lang) -> int:
    if os.environ.get("PLAYBOOK_DEBUG"):
        raise error
    say(f"{_error(lang)} {type(error).__name__}: {error}\n  {_DEFECT.say(lang)}")
    return UNUSABLE


def _begin_lightly() -> None:
    """A command mostly imports, answers and ends: what serves long work would cost it a fifth of its time."""
    gc.set_threshold(100_000)  # modules and rule books stay to the end: a search for what could be freed is in vain
    atexit.register(gc.freeze)  # and so is a last one, when the system takes everything back
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads for matrices; there are none


def _done(words: Sequence[str]) -> int:
    what = asked(words)
    if isinstance(what, str):
        print(what)
        return DONE if words else UNUSABLE
    return _runs(what.command.runs)(what)


def _runs(place: str) -> Runs:
    """The function of a command, imported only now."""
    module, _, name = place.partition(":")
    runs: Runs = getattr(import_module(f"playbook.commands.{module}"), name)
    return runs


def _told(error: PlaybookError, lang: Lang) -> int:
    for problem in error.problems:
        say(f"{_error(lang)} {problem.say(lang)}")
    return UNUSABLE


def _error(lang: Lang) -> str:
    return painted(_ERROR.say(lang), "red", sys.stderr)
