"""Groups of a feed's fields."""
