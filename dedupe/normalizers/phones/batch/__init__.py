"""Numbers by the column, exactly as `phones.parsing` reads them one at a time. Others use `parsing`."""
