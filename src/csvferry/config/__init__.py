"""What a feed is and the options it comes from."""
