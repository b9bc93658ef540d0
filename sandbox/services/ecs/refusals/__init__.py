"""What ECS refuses, each with its id, source and exact error; the door is `every`."""
