"""One rule a file; :data:`tradewind.data.quality.finding.RULES` imports all of them on first use."""
