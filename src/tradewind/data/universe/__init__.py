"""Which of many instruments are traded, chosen anew at dates by what was known then."""
