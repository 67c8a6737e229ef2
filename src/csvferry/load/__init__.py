"""How rows reach the table."""
