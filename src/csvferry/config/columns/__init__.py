"""What a user declares of the columns of a file."""
