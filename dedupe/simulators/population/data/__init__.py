"""Names, places, companies and phone plans for the synthetic people, as data."""
