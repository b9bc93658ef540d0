"""What moto and botocore do slowly and nobody reads, done quickly: patches on other people's code."""
