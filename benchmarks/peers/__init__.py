"""One peer a file: PEER says what it is, run(job) does the load in a process of its own."""
