"""``python -m tour``"""

from tour.cli import main

main()
