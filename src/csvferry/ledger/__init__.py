"""The ledger of runs and the table of rejects."""
