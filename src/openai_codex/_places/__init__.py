"""Places of work: environments where a thread's commands run, and what is known of them.

Imports nothing of the API; what asks the runtime is `_async/places.py`.
"""
