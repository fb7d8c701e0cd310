"""What is fast, and against what."""
