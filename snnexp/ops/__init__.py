"""Operators of the project, each a folder with its reference beside the fast forms."""
