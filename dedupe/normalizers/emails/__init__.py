"""Email addresses: one at a time (`normalize`), by the column (`batch`), and the mailbox behind an
address (`mailboxes`).

Only `contact_values` and `queries` of the room above use them.
"""
