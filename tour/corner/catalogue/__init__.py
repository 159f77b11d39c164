"""What the smart corner can bring: items, the questions each asks, their versions and files."""
