"""A registry that holds images packed from folders; the door is `registry`."""
