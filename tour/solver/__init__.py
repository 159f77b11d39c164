"""From a problem to a plan: pure, with no database, no request, and no clock but the one it is given."""
