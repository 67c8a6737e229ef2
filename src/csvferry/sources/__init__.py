"""An address becomes objects with an identity, and bytes pinned to it."""
