"""Where pictures come from: found, told apart, read."""
