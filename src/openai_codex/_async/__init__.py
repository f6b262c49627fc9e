"""WORDS: what the user says, written here once. `_sync` is generated from this folder.

No asyncio and no threading here: what is needed of either comes from the driver.
"""
