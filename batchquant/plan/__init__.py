"""Jobs and files → tasks: output paths, recipes, shares of work. Pure."""
