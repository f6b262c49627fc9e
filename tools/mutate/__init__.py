"""Small faults, planted by chance, that the tests of a room must find."""
