"""Power cuts that lose what was not synced: every receipt given outlasts them. See ``__main__``."""
