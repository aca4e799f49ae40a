"""Names, places, companies and phone plans: what the messy people are made of, as data."""
