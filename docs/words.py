"""Brings the Japanese of the code's messages up to the code, and makes of it what is read: `make words`.

What is new stands in `ja.po` without a translation, to be written there; what the code no longer says is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "playbook"
JAPANESE = SOURCE / "words" / "translations" / "ja.po"
_CALLS = {"msg": None, "msg_in": ((1, "c"), 2)}
_HEADER = "# What the code says, in Japanese. The English of the code is the key: `make words` keeps the two together."
_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""The file says the same whenever it is made."""


def said() -> Catalog:
    """The messages of the code, each with the files that say it."""
    found = Catalog()
    for file, _, message, _, context in extract_from_dir(SOURCE, keywords=_CALLS, method_map=[("**.py", "python")]):
        found.add(message, locations=[(file, 0)], context=context)
    return found


def known() -> Catalog:
    """The messages that have their Japanese."""
    with JAPANESE.open("rb") as file:
        return read_po(file, locale="ja")


def renewed() -> Catalog:
    """The messages of the code with the Japanese that is known of them, in the order of the files."""
    before = known()
    after = Catalog("ja", project="playbook", version="", header_comment=_HEADER, fuzzy=False, creation_date=_NO_TIME)
    after.revision_date, after.last_translator, after.msgid_bugs_address = _NO_TIME, "playbook", ""
    for message in sorted(said(), key=_place):
        if message.id:
            japanese = before.get(message.id, message.context)
            after.add(
                message.id,
                japanese.string if japanese else "",
                locations=sorted(set(message.locations)),
                context=message.context,
            )
    return after


def files() -> Iterator[tuple[Path, bytes]]:
    """What is to stand in each of the two files."""
    catalogue, text, compiled = renewed(), BytesIO(), BytesIO()
    write_po(text, catalogue, width=120, include_lineno=False)
    write_mo(compiled, catalogue)
    yield JAPANESE, text.getvalue()
    yield JAPANESE.with_suffix(".mo"), compiled.getvalue()


def _place(message: Message) -> tuple[str, str, str]:
    places = sorted(message.locations)
    return places[0][0] if places else "", message.id, message.context or ""


if __name__ == "__main__":
    for path, content in files():
        path.write_bytes(content)
    for message in renewed():
        if message.id and not message.string:
            print(f"{message.locations[0][0]}: {message.id!r} has no Japanese")
