"""Files of web servers, at http:// and https:// addresses."""
