"""Work that nobody waits for: files that were posted, and jobs that are due."""
