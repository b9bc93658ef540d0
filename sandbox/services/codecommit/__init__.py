"""CodeCommit: real Git repositories, served over HTTP and through AWS's API."""
