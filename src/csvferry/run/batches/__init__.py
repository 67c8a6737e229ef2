"""Many small files of one feed in one transaction, each a run of its own in the ledger."""
