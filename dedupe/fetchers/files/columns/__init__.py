"""What the columns of a table mean, and the given contacts in them. Inside `fetchers.files` only.

`interpretation` understands all columns together, `headers` one name, `content_kinds` cells by their form,
`contacts` reads whole columns, `rows` one row, `column_report` tells what was understood and what was not.
"""
