"""``python -m tradewind`` is ``tradewind``."""

from tradewind.cli.main import main

main()
