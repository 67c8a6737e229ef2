"""What a server says, parsed before anything is made of it."""
