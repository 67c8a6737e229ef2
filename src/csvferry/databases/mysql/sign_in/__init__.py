"""How a password is proven to a server, and which server gets it."""
