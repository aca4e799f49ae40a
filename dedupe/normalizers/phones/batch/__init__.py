"""Numbers by the column, with exactly the results of `phones.parsing` for one. Others use `parsing`."""
