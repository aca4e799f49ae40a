"""The countries of phone numbers, by name."""

from __future__ import annotations

import phonenumbers
import pycountry


def country_of(number: str) -> str | None:
    """The name of the country of a number with its country code; None for one of no country."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    country = pycountry.countries.get(alpha_2=region) if region else None
    return getattr(country, "common_name", None) or (country.name if country else None)
