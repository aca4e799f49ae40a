"""A person's emails and phone numbers in one provider's record."""

from __future__ import annotations

from random import Random

from dedupe.simulators.population.data import companies as firms
from dedupe.simulators.population.data.phones import PLANS
from dedupe.simulators.population.names import with_typo
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import HABITS, ProviderRecord
from dedupe.simulators.population.world import PhoneLine

_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


class ContactPointWriter:
    """Draws which emails and phone numbers of a person one provider has, and their spelling."""

    def __init__(self, person: TruePerson, provider: str, shares: Proportions, rng: Random) -> None:
        self.person, self.provider, self.shares = person, provider, shares
        self.habits = HABITS[provider]
        self.draw = rng.random

    def write(self, record: ProviderRecord) -> None:
        draw, habits = self.draw, self.habits
        if draw() < habits.email:
            record.emails = self._emails()
        if draw() < habits.phone or not record.emails:
            self._phones(record)

    def _emails(self) -> list[str]:
        draw, shares, person = self.draw, self.shares, self.person
        work = draw() < self.habits.work
        if person.company and draw() < shares.role_mailbox:
            role = firms.ROLES[int(draw() ** 2 * len(firms.ROLES))]
            return [f"{role}@{person.company.domain}"]
        if work and person.work_email:
            own = [person.work_email, *person.emails]
        else:
            own = [*person.emails, *([person.work_email] if person.work_email else [])]
            if len(own) > 1 and draw() < 0.2:
                own.reverse()
        count = 2 if draw() < shares.two_values else 1
        return [self._written_email(address) for address in own[:count]]

    def _written_email(self, address: str) -> str:
        draw, shares = self.draw, self.shares
        local, domain = address.split("@")
        if domain == "gmail.com" and draw() < shares.gmail_dots:
            place = 1 + int(draw() * (len(local) - 1))
            local = local.replace(".", "") if "." in local else f"{local[:place]}.{local[place:]}"
            domain = "googlemail.com" if draw() < 0.15 else domain
        if draw() < shares.plus_tag:
            local += ("+news", "+shop", "+work", "+1")[int(draw() * 4)]
        if draw() < shares.email_typo:
            typo = draw()
            local, domain = (with_typo(local, draw) or local, domain) if typo < 0.5 else (local, domain[:-1])
        if draw() < shares.upper_email:
            return f"{local.title()}@{domain}" if draw() < 0.5 else f"{local}@{domain}".upper()
        return f"{local}@{domain}"

    def _phones(self, record: ProviderRecord) -> None:
        draw, person = self.draw, self.person
        lines = [person.mobile, *person.other_mobiles]
        kind = draw()
        if person.company and kind < self.shares.switchboard:
            lines = [person.company.switchboard]
        elif kind > 0.92:
            lines = [person.landline, person.mobile]
        elif kind > 0.84 and len(lines) > 1:
            lines.reverse()
        via_channel = self.provider in ("digital99", "whippy") and not lines[0].fixed and draw() < 0.75
        record.line = lines[0].e164 if via_channel else None
        count = 2 if draw() < self.shares.two_values else 1
        record.phones = [self._written_phone(line, via_channel) for line in lines[:count]]

    def _written_phone(self, line: PhoneLine, via_channel: bool) -> str:
        draw, shares, plan = self.draw, self.shares, PLANS[line.country]
        if draw() < shares.phone_typo:
            place = int(draw() * len(line.national))
            national = line.national[:place] + str(int(draw() * 10)) + line.national[place + 1 :]
            line = PhoneLine(line.country, national, line.fixed)
        if via_channel or self.provider == "whippy":
            return line.e164
        if draw() < shares.mangled_phone:
            return (
                f"{float(plan.code + line.national):.5E}",
                f"{line.national[:4]}XXXX",
                "0000000000",
                "call office",
            )[int(draw() * 4)]
        at_home = line.country == self.habits.home
        if draw() < (shares.national_phone if at_home else shares.national_abroad):
            written = self._national(line)
        else:
            written = self._international(line)
        if line.fixed and self.person.company and line is self.person.company.switchboard and draw() < 0.5:
            written += f"{(' ext. ', ' x', ' ext ')[int(draw() * 3)]}{10 + self.person.number % 90}"
        return (
            written.translate(_ARABIC_DIGITS)
            if self.person.culture.name == "arabic" and draw() < 0.02
            else written
        )

    def _groups(self, line: PhoneLine) -> list[str]:
        plan = PLANS[line.country]
        sizes, rest, groups = plan.fixed_groups if line.fixed else plan.groups, line.national, []
        for size in sizes[:-1]:
            groups.append(rest[:size])
            rest = rest[size:]
        return [*groups, rest]

    def _national(self, line: PhoneLine) -> str:
        plan, groups = PLANS[line.country], self._groups(line)
        style = plan.styles[int(self.draw() * len(plan.styles))]
        needed = style.count("{") - style.count("{t}")
        while len(groups) < needed:
            groups.append("")
        groups[needed - 1 :] = ["".join(groups[needed - 1 :])]
        return style.format(*groups, t=plan.trunk).strip(" -.")

    def _international(self, line: PhoneLine) -> str:
        plan, kind = PLANS[line.country], self.draw()
        if kind < 0.45:
            return line.e164
        spaced = " ".join(self._groups(line))
        if kind < 0.7:
            return f"+{plan.code} {spaced}"
        if kind < 0.8:
            return f"+{plan.code}-{spaced.replace(' ', '-')}"
        if kind < 0.88:
            return f"00{plan.code}{line.national}"
        if kind < 0.94 and plan.trunk == "0":
            return f"+{plan.code} (0){spaced}"
        return f"{plan.code}{line.national}"
