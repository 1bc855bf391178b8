"""Commands, grouped by topic; `cli.py` assembles them."""
