"""Git's files → desired values, or faults with their places; the door is `load`."""
