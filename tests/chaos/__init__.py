"""Faults on the road between tablets and the server: nothing is lost, nothing is done twice. See ``__main__``."""
