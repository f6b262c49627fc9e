"""The package's version, which is the version of the runtime it drives."""

__version__ = "0.163.0"
