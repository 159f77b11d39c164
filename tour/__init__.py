"""Plans and runs a Département's smart tour numérique."""

from tour.sqlite import use_a_fixed_one

use_a_fixed_one()  # before anything imports sqlite3
