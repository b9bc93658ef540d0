"""Git's files become desired values here, and nowhere else."""
