"""Phone numbers of every region in every format, and what people, forms and spreadsheets make of them."""

import random
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_FORMATS = [
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
]
_SIGNS = list("0123456789 -()./+x~,;#\u00a0\u2011\u200e\u0663")
_HEADS = ["00", "011", "0", "1", "+", "++", "tel:", "Tel ", "(", "whatsapp:", "8", "90", "٣", "+0", "*31#"]
_TAILS = [
    "x12",
    " ext. 44",
    " EXT 9",
    "#",
    "/",
    "  ",
    ",12",
    ";ext=3",
    " x",
    " (mobile)",
    " - 503#",
    "/x2303",
]


@cache
def examples() -> list[tuple[str, PhoneNumber]]:
    kinds = PhoneNumberType.values()
    every = [
        (region, phonenumbers.example_number_for_type(region, kind)) for region in REGIONS for kind in kinds
    ]
    codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    every += [("", phonenumbers.example_number_for_non_geo_entity(code)) for code in codes]
    return [(region, number) for region, number in every if number]


def phone_cases(count: int, seed: int) -> list[tuple[str, str]]:
    """Distinct (text, region dialled in), the region often a wrong one or none."""
    draw = random.Random(seed)
    return sorted({_case(draw) for _ in range(count)})


def _case(draw: random.Random) -> tuple[str, str]:
    region, number = draw.choice(examples())
    text = _mutated(_written(number, draw), draw) if draw.random() < 0.8 else _written(number, draw)
    if draw.random() < 0.05:
        text = "".join(draw.choice("0123456789") for _ in range(draw.randrange(1, 22)))
    return text, region if draw.random() < 0.6 else draw.choice([*REGIONS, ""])


def _written(number: PhoneNumber, draw: random.Random) -> str:
    way, national = draw.random(), phonenumbers.national_significant_number(number)
    if way < 0.5:
        return phonenumbers.format_number(number, draw.choice(_FORMATS))
    if way < 0.6:
        return national
    if way < 0.7:
        return f"{number.country_code}{national}"
    if way < 0.8:
        return phonenumbers.format_out_of_country_calling_number(number, draw.choice(REGIONS))
    return f"+{number.country_code} (0){national}"


def _mutated(text: str, draw: random.Random) -> str:
    chars = list(text)
    for _ in range(draw.choice([0, 0, 1, 1, 2, 5])):
        place = draw.randrange(len(chars))
        if chars[place].isdigit():
            chars[place] = draw.choice("0123456789")
    way = draw.random()
    if way < 0.12:
        chars.insert(draw.randrange(len(chars) + 1), draw.choice(_SIGNS))
    elif way < 0.22:
        del chars[draw.randrange(len(chars))]
    elif way < 0.29:
        chars.append(draw.choice(_TAILS))
    elif way < 0.36:
        chars.insert(0, draw.choice(_HEADS))
    return "".join(chars)
