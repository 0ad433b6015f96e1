"""The text in some bytes: decoded strictly, so that what cannot be told is said and never becomes mojibake.

Guessing by statistics is no help here: charset-normalizer takes nine of ten lists of one row in cp932, and a tenth of
those of ten rows, for Korean. What may be is few, each has bytes that the others have not, and a guess would spoil
names.
"""

from __future__ import annotations

from playbook.words.catalogue import msg
from playbook.words.problem import Problem, Remark, Said, WorkspaceError

AS_UTF8 = msg("in Excel, save as 'CSV UTF-8'")


def decode(data: bytes, place: str, told: str | None = None) -> tuple[str, str]:
    """The text of a file and its encoding, as told, else found; WorkspaceError with the byte where it is none of those
    allowed."""
    if told is not None:
        return _as_told(data, place, told)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise _undecodable(place, msg("byte {start} is not UTF-16", start=error.start)) from None
    try:
        marked = data.startswith(b"\xef\xbb\xbf")
        return data.decode("utf-8-sig"), "utf-8-sig" if marked else "utf-8"
    except UnicodeDecodeError as error:
        not_utf8 = msg("byte {start} is not UTF-8", start=error.start)
    if (mixed := _line_by_line(data)) is not None:
        return mixed
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError as error:
        found = msg("{not_utf8}, byte {start} is not cp932 either", not_utf8=not_utf8, start=error.start)
        raise _undecodable(place, found) from None
    if any(mark in text for mark in "\x80\uf8f0\uf8f1\uf8f2\uf8f3"):  # bytes that no Japanese text has
        raise _undecodable(place, msg("{not_utf8}, and it holds bytes that cp932 leaves unused", not_utf8=not_utf8))
    if _is_euc(data):
        raise _undecodable(place, msg("{not_utf8}; it looks like EUC-JP", not_utf8=not_utf8))
    return text, "cp932"


def _as_told(data: bytes, place: str, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError) as error:
        found = msg("cannot be read as {encoding}: {error}", encoding=encoding, error=error)
        raise WorkspaceError(Problem(place, found, msg("the encoding that the file is in"))) from None


def about_encoding(encoding: str) -> tuple[Remark, ...]:
    """A doubt where some lines of a file are in another encoding than the others."""
    if _MIXED not in encoding:
        return ()
    lines = encoding.partition(_MIXED)[2].strip(" )")
    return (Remark(msg("its lines are in two encodings, each was read in its own ({lines})", lines=lines), doubt=True),)


def encode(text: str, encoding: str) -> bytes:
    """A text in the encoding that it was found in; in UTF-8 where there were two."""
    return text.encode("utf-8" if _MIXED in encoding else encoding)


def _line_by_line(data: bytes) -> tuple[str, str] | None:
    """A text whose lines are in two encodings, each read in its own, and which were the fewer; None where all lines
    that are not plain ASCII are in one.

    A line of cp932 is hardly ever UTF-8 by accident: three bytes of each letter would have to fit.
    """
    lines = data.split(b"\n")
    odd = {n: _as_utf8(line) for n, line in enumerate(lines, start=1) if not line.isascii()}
    others = [n for n, text in odd.items() if text is None]
    if not others or len(others) == len(odd):
        return None
    try:
        read = [odd.get(n) or line.decode("cp932") for n, line in enumerate(lines, start=1)]
    except UnicodeDecodeError:
        return None
    few, name = (others, "cp932") if 2 * len(others) <= len(odd) else ([n for n in odd if odd[n]], "utf-8")
    listed = " ".join(map(str, few[:_MIXED_SHOWN])) + (" ..." if len(few) > _MIXED_SHOWN else "")
    return "\n".join(read), f"utf-8 and cp932 ({_MIXED} {name}: {listed})"


_MIXED = "lines in"
"""What the name of an encoding says where some lines were in another one."""
_MIXED_SHOWN = 10


def _as_utf8(line: bytes) -> str | None:
    """A line in UTF-8 with a letter of three bytes in it; None where it is none."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if any(letter > "\u07ff" for letter in text) else None


def _undecodable(place: str, found: Said) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            place,
            found,
            msg("UTF-8, UTF-8 with BOM, UTF-16 with BOM, cp932 (Shift_JIS of Windows)"),
            AS_UTF8,
        )
    )


def _is_euc(data: bytes) -> bool:
    """EUC-JP passes as half-width kana of cp932, but hiragana that are read as EUC-JP are no accident."""
    try:
        return any("ぁ" <= letter <= "ん" for letter in data.decode("euc_jp"))
    except UnicodeDecodeError:
        return False
