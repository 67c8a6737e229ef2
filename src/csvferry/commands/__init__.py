"""The commands other than sync and plan."""
