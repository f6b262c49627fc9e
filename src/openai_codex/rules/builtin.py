"""Shell builtins: commands that no program runs, so their words can mean more than words.

This module says when a command that reads as literal words could still do something else. It must
not decide what is allowed.
"""

from __future__ import annotations

from .shell import Words

_QUIET = frozenset((":", "[", "echo", "false", "pwd", "test", "true"))
_OTHERS = frozenset(
    ". alias"  # noqa: SIM905 - a list would fill a page
    " autoload bg bind bindkey break builtin bye caller cd chdir command compgen complete"
    " compopt continue declare dirs disable disown echotc emulate enable eval exec exit export fc"
    " fg functions getln getopts hash help history jobs kill let limit local log logout mapfile"
    " popd print printf pushd pushln r read readarray readonly rehash return sched set setopt shift"
    " shopt source stat suspend times trap ttyctl type typeset ulimit umask unalias unfunction"
    " unhash unlimit unset unsetopt vared wait whence where which zcompile zformat zle zmodload"
    " zparseopts zprof zpty zregexparse zsocket zstat zstyle ztcp".split()
)


def objection(commands: tuple[Words, ...]) -> str | None:
    """Return why these literal commands may run more than they show, or None."""
    for words in commands:
        if _rereads(words):
            # `test -v 'a[$(rm x)]'` and `printf -v 'a[$(rm x)]'` run the words in their brackets.
            return f"the shell's own {words[0]} may read its words a second time"
        if len(commands) > 1 and words[0] in _OTHERS:
            # `cd`, `alias`, `hash -p`, `printf -v PATH`: what follows is not what it seems.
            return f"the shell's own {words[0]} can change what the other commands mean"
    return None


def _rereads(words: Words) -> bool:
    known = words[0] in _QUIET or words[0] in _OTHERS
    return known and any(mark in word for word in words[1:] for mark in "$`[")
