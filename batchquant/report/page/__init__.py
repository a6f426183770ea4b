"""Records → the page that is read the morning after."""
