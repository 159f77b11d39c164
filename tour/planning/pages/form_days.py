"""Days that people fill in on the planning's forms."""

from __future__ import annotations

from wtforms import DateField, Form
from wtforms.validators import StopValidation

from tour.solver.problem import in_calendar


def of_our_times(form: Form, field: DateField) -> None:
    """A day that a campaign can hold: with the year 9999, or 202, every page that reckons with it would fail."""
    if field.data is None:
        return
    try:
        in_calendar(field.data)
    except ValueError as error:
        raise StopValidation(str(error)) from None
