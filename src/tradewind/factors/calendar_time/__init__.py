"""Calendar factors: hour, day, month and quarter of a bar's close in UTC."""
