"""Where attempts run: in this process, on a cluster, or in any executor."""
