"""What Python has beside job files: a picture, a folder, a report, at one call each."""
