"""The life of a quality assurance visit."""
