"""Names as people write and systems hold them, whole, in parts, mixed up, decorated."""

import random

from dedupe.normalizers.names.normalize import FIELDS

_WORDS = """
Ann Smith smith JONES van der Jr Dr. Maria Jose García López Li Wang Kim Q. E Test User Unknown Bob O'Brien
Hans-Peter Иван Müller محمد 張 de la Inc Work II Juan Carlos Md Sr. Y And Lead Neto Ma Do Bo Al bin Église
Nguyen Văn Thi Tran An Vladimir Vladimirovich Ивановна Sato Taro and & née geb. she/her
张伟 李明 明 李 伟 佐藤健 El-Sayed Das Edward
Guest null Info Team mcdonald
Tel: VIP JRR Abu Bakr abdul visitor12 misty-fog-512 John.Smith 'Ann 𝓐𝓷𝓷 用户 гость 王先生
vd s/o Graf Dipl.-Ing. www.x.com
Nagy Imre János Kowalska GROß Unknown LNU CEO aka Hotel OLD 't Ó Ní Đạo Trần นาย สมชาย
iPhone Dear Attn: Ma. Syed dela ul und Prinz a@b.co <a@b.co> Acme: Familie Mr.Ann Dr.Smith aaa Goh Novakova
Anna Iwanenko Ş İBRAHİM AG Ann's O' the
ﬁona İnci Straße A. Mo Abdul Lee No Name Gast Don Becker Schneider प्रिया BARBARA Garrido Hidalgo Al-Shamsi J
M.D. MD RN AIA LUTC XQZ MSEd XyzD Esq. jun. sen. ml. fils Filho VI I V Mayor The Rev. Judge Senator mrs
Lt.Col. Sen. (Bob) (Charlotte) (jr.) Robert O Meara Brien Nan Null NULL Trading ACME Group Church Lutheran JP
J.-P. Mba MA Le Pe Brines Mark Prince King Sir Sister krk HRK Co. Sons Wessels Testa г-н Tan Sri
u. u e en or y + / Peter Peter/Maria Mary og
"""
_DECORATIONS = ["{} 🐾", "✨ {}", "{} (Acme Pharma)", "  {} ", "{}, Ann", "{}, Ann B", "{} - Acme", "{} Jr."]
_DECORATIONS += [
    "{}, M.D.",
    "{}, MD",
    "{}, Jr., PhD",
    "{}, B",
    "{}, LUTC",
    "{} (Bob)",
    "{}, Ann MD",
    "{} MD",
    "Dr. {}",
]


def name_cases(count: int, seed: int) -> list[tuple[str, ...]]:
    """Distinct given names, a text for each of FIELDS."""
    draw = random.Random(seed)
    return sorted({_case(draw) for _ in range(count)})


def _case(draw: random.Random) -> tuple[str, ...]:
    way = draw.random()
    given, family = _text(draw, (1, 1, 1, 2)), _text(draw, (1, 1, 1, 2))
    fields = dict.fromkeys(FIELDS, "")
    if way < 0.5:
        fields["full"] = _decorated(_text(draw, (1, 2, 2, 3, 3, 4)), draw)
    else:
        fields |= {"given": given, "family": family}
    if 0.7 < way < 0.95:
        wholes = [
            f"{given} {family}",
            f"{family} {given}",
            f"{family}, {given}",
            f"{family},  {given}",
            f"{family}{given}",
            given,
            family,
            "+4915112345678",
        ]
        fields["full"] = _decorated(draw.choice(wholes), draw)
    if way > 0.97:
        fields |= {"full": given, "given": "", "family": family}
    elif way > 0.9:
        fields[draw.choice(FIELDS)] = draw.choice(["", draw.choice(_WORDS.split())])
    return tuple(fields[name] for name in FIELDS)


def _text(draw: random.Random, lengths: tuple[int, ...]) -> str:
    return " ".join(draw.choice(_WORDS.split()) for _ in range(draw.choice(lengths)))


def _decorated(text: str, draw: random.Random) -> str:
    if draw.random() < 0.15:
        text = draw.choice([text.upper(), text.lower()])
    return draw.choice(_DECORATIONS).format(text) if draw.random() < 0.25 else text
