"""The names of a card: whole and in parts, in each language that it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dedupe.fetchers.files.vcards.content import ContentLine, parts, unescaped
from dedupe.model import Attested, GivenName

_PARTS = ("family", "given", "middle", "prefix", "suffix")
_PHONETIC = {
    "X-PHONETIC-FIRST-NAME": "given",
    "X-PHONETIC-MIDDLE-NAME": "middle",
    "X-PHONETIC-LAST-NAME": "family",
}
_IDEOGRAPHS = re.compile("[\u3400-\u9fff]")
NAMES = {
    "FN": "full_name",
    "N": "full_name",
    "NICKNAME": "nickname",
    "SOUND": "full_name",
    **{name: f"{part}_name" for name, part in _PHONETIC.items()},
}
"""Properties that name the person → the field that each is read as."""


@dataclass
class CardNames:
    """The names on the lines of one card; `version` decides whether commas separate them."""

    version: str = "3.0"
    whole: list[tuple[str, str]] = field(default_factory=list)  # (language, FN)
    in_parts: list[tuple[str, GivenName]] = field(default_factory=list)  # (language, N)
    nicknames: list[str] = field(default_factory=list)
    phonetic: GivenName = field(default_factory=GivenName)

    def take(self, line: ContentLine) -> None:
        """FN, N, NICKNAME and the readings of Japanese and Chinese names."""
        language = line.parameters.get("LANGUAGE", "").lower()
        if line.name == "FN" and line.text:
            self.whole.append((language, line.text))
        elif line.name == "N" and (name := self._parts(line.value)):
            self.in_parts.append((language, name))
        elif line.name == "NICKNAME":
            self.nicknames += filter(None, (unescaped(nick).strip() for nick in parts(line.value, ",")))
        elif line.name in _PHONETIC and line.text:
            self.phonetic[_PHONETIC[line.name]] = line.text  # type: ignore[literal-required]
        elif line.name == "SOUND":
            self.phonetic |= self._parts(line.value)

    def given(self) -> list[GivenName]:
        """The names, the main one first."""
        names = self._joined()
        if self.phonetic and any(_IDEOGRAPHS.search(text) for name in names for text in _texts(name)):
            names.append(self.phonetic)
        names += [{"nickname": nick} for nick in self.nicknames]
        return [{**name, "attested": Attested.IMPORT} for name in names]

    def _joined(self) -> list[GivenName]:
        """Each N with the FN of its language, the first N with any; what is left stands alone."""
        left = list(self.whole)
        made: list[GivenName] = []
        for position, (language, name) in enumerate(self.in_parts):
            found = next((whole for whole in left if whole[0] == language), None)
            if found is None and position == 0 and left:
                found = left[0]
            if found is not None:
                left.remove(found)
                name = {"full": found[1], **name}
            made.append(name)
        alone: list[GivenName] = [{"full": text} for _, text in left]
        return made + alone

    def _parts(self, value: str) -> GivenName:
        name: GivenName = {}
        for key, part in zip(_PARTS, parts(value), strict=False):
            if text := self._part(part, ", " if key == "suffix" else " "):
                name[key] = text  # type: ignore[literal-required]
        return name

    def _part(self, part: str, joint: str) -> str:
        """Several names of one kind stand between commas, since version 3.0."""
        several: Sequence[str] = [part] if self.version.startswith("2") else parts(part, ",")
        return joint.join(filter(None, (unescaped(one).strip() for one in several)))


def _texts(name: GivenName) -> Iterable[str]:
    return (str(text) for text in name.values())
