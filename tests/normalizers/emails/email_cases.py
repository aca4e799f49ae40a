"""Addresses as people, forms and exports write them, and what is nearly one."""

import random

_LOCALS = """
ann john.smith j.smith42 info no-reply test sales.de a+b +x x-y O'Brien noemail customer.service jörg
Jos ... a..b .a info2 "q" support+eu it mary-jane a_b admin.team Äpfel none mail x first.last+tag-a
a.b.c.d -tag
"""
_DOMAINS = """
gmail.com GoogleMail.com outlook.com yahoo.com yahoo.de proton.me ya.ru test.com x.org acme.co.uk
gmial.com acme.con bücher.de xn--bcher-kva.de ab--c.de -a.de a-.de a.b localhost x.test x.local 1.2.3.4
[1.2.3.4] a..b.de x.org. mailinator.com privaterelay.appleid.com exa_mple.com ours.com x.c0m x.1com
ΣΑΣ.gr x。org none.com faß.de domain.com a-b.c-d.com A.DE icloud.com me.com xn--a.de xn--.de a.xn--p1ai
"""
_SIGNS = "abz09.@-_+ '\"<>,;:()\u200e\u0338éß\x00\t"


def email_cases(count: int, seed: int) -> list[str]:
    """Distinct texts."""
    draw = random.Random(seed)
    return sorted({_case(draw) for _ in range(count)})


def _case(draw: random.Random) -> str:
    local = draw.choice(_LOCALS.split()) if draw.random() < 0.7 else _random_local(draw)
    domain = (
        draw.choice(_DOMAINS)
        if draw.random() < 0.7
        else f"{_random_local(draw)}.{draw.choice(['com', 'de', 'c0'])}"
    )
    text = local + ("@" if draw.random() < 0.97 else "") + domain
    way = draw.random()
    if way < 0.25:
        place = draw.randrange(len(text) + 1)
        text = text[:place] + draw.choice(_SIGNS) + text[place:]
    elif way < 0.35:
        place = draw.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    elif way < 0.36:
        text = f"{'x' * draw.randrange(50, 260)}{text}"
    return _wrapped(text.upper() if draw.random() < 0.2 else text, draw)


def _random_local(draw: random.Random) -> str:
    return "".join(draw.choice("abcxyz0189.-_+") for _ in range(draw.randrange(1, 12)))


def _wrapped(text: str, draw: random.Random) -> str:
    if draw.random() < 0.9:
        return text
    ways = [" {}", "mailto:{}", "<{}>", "Ann <{}>", "{} ", "'{}'", "{},", "({})", "\ufeff{}", "`{}`"]
    return draw.choice(ways).format(text)
