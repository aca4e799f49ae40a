"""vCard 2.1, 3.0 and 4.0: a file into cards (`read_cards`), a card into a given contact (`read_card`).

Of a card its lines are kept as they stand, unfolded; photos, logos, sounds and keys are dropped.
"""

from dedupe.fetchers.files.vcards.cards import read_card, uid_of
from dedupe.fetchers.files.vcards.files import read_cards
from dedupe.fetchers.files.vcards.lines import CardText, split_cards
from dedupe.fetchers.files.vcards.property_report import PropertyReport

__all__ = ["CardText", "PropertyReport", "read_card", "read_cards", "split_cards", "uid_of"]
