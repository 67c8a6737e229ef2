"""How a session begins: the address, the proof of a password, the kind of server, its settings."""
