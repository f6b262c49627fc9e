"""Generators: each remakes one set of committed files and can prove that it is current."""
