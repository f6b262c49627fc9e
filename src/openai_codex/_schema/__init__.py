"""What pydantic says about a type or a value, in the words that tools and structured output share.

Nothing here knows the wire, and nothing is public. Importing this package does not import pydantic.
"""
