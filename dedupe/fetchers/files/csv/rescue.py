"""Repairs of rows that a strict parser refuses, one function for each usual kind of damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Cells = Callable[[str], list[str] | None]
_HELD = "\ue00d"  # stands for a carriage return while a line is cut; of private use, so in no file


def by_outer_quotes(raw: str, delimiter: str) -> list[str] | None:
    """Cells with undoubled quotes inside: a quote opens after a delimiter and closes before one.

    None where a quote stays open or a line ends outside of quotes.
    """
    cells: list[str] = []
    at = 0
    while at <= len(raw):
        if raw[at : at + 1] == '"':
            end = _closing(raw, at + 1, delimiter)
            if end is None:
                return None
            cells.append(raw[at + 1 : end].replace('""', '"'))
            at = end + 2
        else:
            end = raw.find(delimiter, at)
            end = len(raw) if end < 0 else end
            if "\n" in raw[at:end]:
                return None
            cells.append(raw[at:end])
            at = end + 1
    return cells


def by_delimiters(raw: str, delimiter: str) -> list[str] | None:
    """Cells in which quotes have no meaning (`"Bob" Lee`). None where a quote is alone in its cell or a
    line ends."""
    cells = raw.split(delimiter)
    return None if "\n" in raw or any(cell.count('"') % 2 for cell in cells) else cells


def _closing(raw: str, at: int, delimiter: str) -> int | None:
    """Where the quote is that closes the cell: a delimiter or the end is behind it, and it isn't doubled."""
    while (found := raw.find('"', at)) >= 0:
        behind = raw[found + 1 : found + 2]
        if behind in ("", delimiter):
            return found
        at = found + (2 if behind == '"' else 1)
    return None


def glued_rows(raw: str, header: Sequence[str], cells: Cells) -> Iterator[list[list[str]]]:
    """The rows around a BOM in the middle of a line: two files joined where the first had no final line
    end. A header among them is left out."""
    if "\ufeff" not in raw:
        return
    rows = [cells(piece) for piece in raw.split("\ufeff") if piece]
    if all(row is not None for row in rows):
        yield [row for row in rows if row is not None and [cell.strip() for cell in row] != list(header)]


def cells_around_returns(raw: str, width: int, cells: Cells) -> Iterator[list[list[str]]]:
    """Rows around lone carriage returns: these end rows if every part is then a whole row, else they
    belong to a cell."""
    if "\r" not in raw or _HELD in raw:
        return
    rows = [cells(piece) for piece in raw.split("\r") if piece.strip()]
    if rows and all(row is not None and len(row) == width for row in rows):
        yield [row for row in rows if row is not None]
    mended = cells(raw.replace("\r", _HELD))
    if mended is not None:
        yield [[cell.replace(_HELD, "\r") for cell in mended]]
