"""The commands, one file each, with their parsers.

`catalogue` names them; nothing else loads them.
"""
