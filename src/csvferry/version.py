"""The version, alone in its file so that it can be told without importing anything."""

__version__ = "0.2.0"
