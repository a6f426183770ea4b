"""One file per kind of output: what is encoded, and read again."""
