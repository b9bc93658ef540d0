"""Reads a branch of any Git repository over HTTPS; the door is `remote.Remote`."""
