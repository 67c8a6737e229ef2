"""Questions that the function answers about past runs and tables; no value of a row leaves it."""
