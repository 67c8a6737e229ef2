"""What leaves a file's dialect in doubt, and the error that says so."""
