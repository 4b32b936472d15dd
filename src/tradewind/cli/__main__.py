"""``python -m tradewind.cli`` is ``tradewind``."""

from tradewind.cli.main import main

main()
