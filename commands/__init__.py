"""The commands, one file a theme; `cli.py` puts them together."""
