"""Feeds run: what is new is told from what was applied, and each feed has an outcome."""
