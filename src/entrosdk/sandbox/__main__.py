"""`python -m entrosdk.sandbox`."""

from entrosdk.sandbox.server import main

if __name__ == "__main__":
    raise SystemExit(main())
