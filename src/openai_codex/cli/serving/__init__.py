"""The parts of `serve`, `watch`, `attach` and `--connect`: a runtime that listens."""
