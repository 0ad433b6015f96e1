"""The cells of one notebook, run in this very process by IPython, their outputs kept as a notebook keeps them.

This is what a kernel does, without the kernel: no sockets, no second process, no start-up. The process that
calls ``run_cells`` must be one that nobody needs afterwards (see ``forkserver``), because the cells may do
anything to it; only where they are known not to, the shell is made new for the next notebook (``renew``).
"""

from __future__ import annotations

import base64
import builtins
import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]


@dataclass(slots=True)
class Outputs:
    """What a cell has put out so far, in order, as nbformat 4 outputs."""

    items: list[Output] = field(default_factory=list)
    shown: dict[str, list[Output]] = field(default_factory=dict)
    clear_before_next: bool = False

    def add(self, output: Output) -> None:
        """Append one output."""
        if self.clear_before_next:
            self.items.clear()
            self.clear_before_next = False
        self.items.append(output)

    def write(self, name: str, text: str) -> None:
        """Append text to a stream; neighbouring texts of one stream are one output."""
        last = self.items[-1] if self.items and not self.clear_before_next else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.add({"output_type": "stream", "name": name, "text": text})

    def show(self, output: Output, display_id: str | None, update: bool) -> None:
        """Append a display, or replace all that was displayed under the same id."""
        if update and display_id is not None:
            for earlier in self.shown.get(display_id, ()):
                earlier.update(data=output["data"], metadata=output["metadata"])
            return
        self.add(output)
        if display_id is not None:
            self.shown.setdefault(display_id, []).append(output)


@dataclass(frozen=True, slots=True)
class CellRun:
    """One code cell that was run: its outputs, how long it took, its number, and the exception that ended it."""

    outputs: list[Output]
    seconds: float
    count: int
    error: BaseException | None


class _Stream(io.TextIOBase):
    """A standard stream that writes into the outputs of the running cell."""

    encoding = "utf-8"

    def __init__(self, name: str, shell: NotebookShell) -> None:
        self._name = name
        self._shell = shell

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._shell.outputs.write(self._name, text)
        return len(text)

    def fileno(self) -> int:
        """The descriptor under the stream, for programs the cell starts; what they write goes to the log."""
        return 1 if self._name == "stdout" else 2


class _Publisher(DisplayPublisher):
    """Keeps what ``display`` is given."""

    shell: Any

    def publish(self, data: Any, metadata: Any = None, *_: Any, **kwargs: Any) -> None:
        display_id = (kwargs.get("transient") or {}).get("display_id")
        output = {
            "output_type": "display_data",
            "data": _storable(data),
            "metadata": dict(metadata or {}),
        }
        self.shell.outputs.show(output, display_id, bool(kwargs.get("update")))

    def clear_output(self, wait: bool = False) -> None:
        if wait:
            self.shell.outputs.clear_before_next = True
        else:
            self.shell.outputs.items.clear()


class _ResultHook(DisplayHook):
    """Keeps the value of a cell's last line."""

    shell: Any

    def write_output_prompt(self) -> None:
        """There is no prompt on a page."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.outputs.add(
            {
                "output_type": "execute_result",
                "data": _storable(format_dict),
                "metadata": dict(md_dict or {}),
                "execution_count": self.prompt_count,
            }
        )

    def finish_displayhook(self) -> None:
        self._is_active = False


def _storable(data: Mapping[str, Any]) -> dict[str, Any]:
    """A mime bundle as JSON can hold it: bytes become base64 text."""
    return {mime: _text_of(value) for mime, value in data.items()}


def _text_of(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


class _Transformers(TransformerManager):
    """What makes Python of a cell with commands of IPython; a cell that is read again is not read anew."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._read: dict[tuple[object, ...], str] = {}

    def transform_cell(self, cell: str) -> str:
        by = (cell, *self.cleanup_transforms, *self.line_transforms, *self.token_transformers)
        if by not in self._read:
            self._read[by] = super().transform_cell(cell)
        return self._read[by]


class NotebookShell(InteractiveShell):
    """IPython without a terminal, a history or a kernel."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_ResultHook)

    outputs: Outputs

    def __init__(self, **kwargs: Any) -> None:
        self.outputs = Outputs()
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]

    def renew(self) -> None:
        """Forget all names, outputs and numbers of the cells that were run."""
        self.reset()  # type: ignore[no-untyped-call]
        self.outputs = Outputs()

    def ask_exit(self) -> None:
        """``exit`` and ``quit`` end a report early, as ``sys.exit`` does."""
        raise SystemExit

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.outputs.add(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue),
                "traceback": [str(line) for line in stb],
            }
        )


def new_shell() -> NotebookShell:
    """A shell nobody has used; making one takes as long as running a short notebook, so it is made ahead."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Context"
    # As `instance` does it: `get_ipython()` must find this shell.
    shell: NotebookShell = NotebookShell.instance(config=config, input_transformer_manager=_Transformers())
    # Made at first use, by each page anew.
    formatter: Any = shell.display_formatter
    assert formatter.formatters and formatter.ipython_display_formatter and formatter.mimebundle_formatter
    assert shell.logger
    return shell


@contextmanager
def _streams_into(shell: NotebookShell) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream("stdout", shell), _Stream("stderr", shell)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def run_cells(shell: NotebookShell, sources: Iterable[str], *, starting: Callable[[int], None]) -> Iterator[CellRun]:
    """One ``CellRun`` per source, until one ends in an exception; ``starting`` is told the position of each."""
    builtins.input = _no_input
    for position, source in enumerate(sources):
        starting(position)
        run = _run_cell(shell, source)
        yield run
        if run.error is not None:
            return


def _run_cell(shell: NotebookShell, source: str) -> CellRun:
    outputs: list[Output] = []
    shell.outputs.items = outputs
    shell.outputs.clear_before_next = False
    began = time.perf_counter()
    with _streams_into(shell):
        result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    error = result.error_before_exec or result.error_in_exec
    return CellRun(outputs, time.perf_counter() - began, shell.execution_count - 1, error)


def _no_input(_: object = "") -> str:
    raise EOFError("nobody is there to answer; pass a parameter instead")
