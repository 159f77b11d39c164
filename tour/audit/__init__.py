"""Who did what, on what, when, from where: one line for each act of a person and each event of security.

Lines are only ever added: the database refuses the rest, until a year has passed.
"""
