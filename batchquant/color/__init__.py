"""Pixels as colors: how often each occurs, and what they are worth to the eye. numpy only."""
