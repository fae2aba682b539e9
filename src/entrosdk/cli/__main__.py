"""`python -m entrosdk.cli`."""

from entrosdk.cli import main

main()
