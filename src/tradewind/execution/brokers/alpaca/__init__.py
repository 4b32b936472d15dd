"""Alpaca: stocks and coins, paper and live, through alpaca-py."""
