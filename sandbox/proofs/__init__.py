"""Random lives, fidelity and the corpus: what the product and the sandbox are judged by."""
