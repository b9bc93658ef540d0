"""Random stories under mixed faults, each judged by what really happened; the door is `run.run`."""
