"""What a person looks at: sheets, previews, books."""
