"""Starts and wires a process: the only wall clock; the door is `bootstrap.from_env`."""
