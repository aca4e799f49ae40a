"""Plain names by the column, exactly as `names.normalize` has them one at a time. Others use `normalize`."""
