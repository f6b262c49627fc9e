"""A runtime that listens, or that a program leads to: sockets, and websockets over them."""
