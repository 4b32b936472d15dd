"""Yahoo Finance through yfinance: long history of stocks, funds, currencies, crypto and indices."""
