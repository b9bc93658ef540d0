"""A one-machine AWS that lives: enough of it to run the whole product with no account."""
