"""`python -m twinsector` is the `twinsector` command."""

from .cli import main

if __name__ == "__main__":
    main()
