"""Running steps in processes: how many, how much memory, which signals."""
