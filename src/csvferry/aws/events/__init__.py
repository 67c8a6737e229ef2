"""What an invocation is asked for: events of services, messages of a queue, direct calls."""
