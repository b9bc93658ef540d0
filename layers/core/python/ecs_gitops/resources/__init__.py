"""What is known of each AWS object, as tables of fields."""
