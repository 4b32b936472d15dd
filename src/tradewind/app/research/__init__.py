"""Research for faces: factors, models fitted and validated, the promotion gate asked."""
