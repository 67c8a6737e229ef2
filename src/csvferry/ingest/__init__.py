"""Records become typed rows and rejects."""
