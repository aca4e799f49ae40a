"""The country that a time zone or a language tells of."""

from functools import cache

from dedupe.normalizers.rules import rules


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): code for code, zones in rules("time_zones")["zones"].items() for zone in zones}


def region_of(time_zone: str, language: str) -> str | None:
    """ISO 3166 alpha-2: of the time zone, else of the language tag, else of a language of one country."""
    zone = _zones().get(time_zone.strip().lower())
    if zone:
        return zone
    tag = language.strip().replace("_", "-").split("-")
    regions = [part.upper() for part in tag[1:] if len(part) == 2 and part.isascii() and part.isalpha()]
    return regions[0] if regions else rules("time_zones")["languages"].get(tag[0].lower())
