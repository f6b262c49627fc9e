"""The runtime as a child process: what to launch, its pipes, what it prints, how it ends."""
