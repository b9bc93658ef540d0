"""What people see: the demo, the playground, and the load they stand under."""
