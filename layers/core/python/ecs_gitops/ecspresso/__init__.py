"""Reads an ecspresso configuration, to make a manifest of it."""
