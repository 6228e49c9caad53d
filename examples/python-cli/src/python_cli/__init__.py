"""A small command line, packed as one file."""
