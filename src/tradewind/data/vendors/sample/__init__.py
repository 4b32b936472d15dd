"""Real market history that ordinary packages carry with them: the embedded default, without any network."""
