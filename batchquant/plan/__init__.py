"""Jobs and files → tasks: output paths, fingerprints, shares of work. Pure."""
