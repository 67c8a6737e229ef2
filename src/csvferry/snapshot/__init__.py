"""What is remembered of the last applied version, and the difference from it."""
