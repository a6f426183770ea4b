"""Pixels → palette entries, mixed so that areas keep their mean color."""
