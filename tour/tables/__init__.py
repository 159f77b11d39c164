"""Tables as people have them: read from files, written to files, checked and waiting for a decision."""
