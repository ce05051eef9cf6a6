"""The ladder: told ahead, drawn, and climbed."""
