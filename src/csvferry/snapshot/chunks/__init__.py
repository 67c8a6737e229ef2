"""Content-defined chunks of a file, and those without a match in the snapshot."""
