"""Scripts that run in peers' environments; nothing here imports Tradewind, and Tradewind imports nothing here."""
