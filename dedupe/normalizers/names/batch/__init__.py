"""Plain names by the column, with exactly the results of `names.normalize` for one. Others use
`normalize`."""
