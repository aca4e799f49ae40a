"""What stands below a table and is no row of it: sums, when it was exported, by whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = (
    r"(?:grand |sub)?totals?|sum|count|number of|records?|rows?|contacts?|entries|export(?:ed)?|generated|created"
    r"|printed|report|page|end of (?:file|report|list)|copyright|summe|gesamt(?:zahl)?|insgesamt|anzahl|exportiert"
    r"|erstellt|gedruckt|seite|stand|bericht|nombre|exporté|généré|imprimé|édité|generado|exportado|creado|página"
    r"|número de|totale|esportato|generato|creato|pagina|totaal|aantal|geëxporteerd|razem|suma|wyeksportowano"
    r"|wygenerowano|toplam|gerado|סה\"כ|итого|всего|合計|总计"
)
_FOOTER = re.compile(rf"(?i)\W*(?:{_WORDS})(?!\w)")
_NUMBERED = re.compile(
    r"(?i)\W*\d[\d.,]*\s+(?:records?|rows?|contacts?|entries|datensätze|kontakte|lignes|filas)\b.*"
)
MOST = 5  # lines at the end of a file that are looked at


def is_footer(cells: Sequence[str]) -> bool:
    """Whether a row at the end of a table is its footer: one or two cells of many, and words of footers with a
    number or a colon, which no name has."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or len(filled) > 2 or len(filled) >= len(cells):
        return False
    text = " ".join(filled)
    if "@" in text:
        return False
    said = bool(_FOOTER.match(text)) and bool(re.search(r"\d|:", text))
    return said or bool(_NUMBERED.fullmatch(text))


def stands_alone(cells: Sequence[str]) -> bool:
    """Whether a row has one cell of several, with no sign of being reached in it."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) == 1 < len(cells) - 1 and "@" not in filled[0]
