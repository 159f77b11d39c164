"""Ours beside other solvers: same matrix, same windows, one core, equal time. See ``__main__``."""
