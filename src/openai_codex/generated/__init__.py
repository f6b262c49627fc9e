"""Import paths that code for the official package uses. Doors only: nothing lives here."""
