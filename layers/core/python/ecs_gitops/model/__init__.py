"""The nouns of the project and every closed vocabulary; they rest on nothing."""
