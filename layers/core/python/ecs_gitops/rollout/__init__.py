"""How an attempt ended, and what follows from it; the door is `attempts.settle`."""
