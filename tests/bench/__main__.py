"""``python -m tests.bench``: every bench of this folder, one after the other."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
    print(f"\n{path.stem}\n{'-' * len(path.stem)}", flush=True)
    import_module(f"tests.bench.{path.stem}").main()
