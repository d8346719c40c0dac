"""Keeping secrets out of what galc shows: messages, source lines, dumps, reports.

Which fields are secret says the language (`galc/ir/secrets.py`). `places` finds them in a tree,
`values` in a gateway; `messages`, `source` and `dumps` show things without them.
"""
