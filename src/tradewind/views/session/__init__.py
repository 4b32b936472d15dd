"""A session as it stands, folded from its journal."""
