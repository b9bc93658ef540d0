"""What every part of a world stands on: time, the journal, processes, and what is not known of AWS."""
