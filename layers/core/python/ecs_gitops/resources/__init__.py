"""What is known of each AWS object, as tables of fields, and AWS's rules; the door is `field`."""
