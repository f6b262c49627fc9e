"""Which of our own variables the runtime gets. Pure: names in, variables out."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

__all__ = ["CLEAN", "inherited"]

CLEAN = (
    # where things are, and who we are
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "TMP", "TEMP", "XDG_*"),
    # language, time, terminal
    *("LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLORTERM", "NO_COLOR"),
    # the network: proxies, and the certificates that are trusted
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "CODEX_CA_CERTIFICATE"),
    # the runtime's own settings, without its keys
    *("CODEX_HOME", "CODEX_SQLITE_HOME", "RUST_LOG", "RUST_BACKTRACE"),
    # Windows, where nothing starts without some of these
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "OS", "USERNAME"),
    *("USERPROFILE", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA"),
    *("PROGRAMDATA", "PROGRAMFILES*", "PROGRAMW6432", "COMMONPROGRAMFILES*", "ALLUSERSPROFILE"),
    *("COMPUTERNAME", "NUMBER_OF_PROCESSORS", "PROCESSOR_*", "PSMODULEPATH"),
)
"""The variables that `inherit_env="clean"` lets through: what a program needs, and no secrets."""


def inherited(which: str | Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `environment` that `AppServerConfig.inherit_env` lets through."""
    if which == "all":
        return dict(environment)
    listed = [which] if isinstance(which, str) else list(which)
    names = [name for word in listed for name in (CLEAN if word == "clean" else (word,))]
    return {
        name: value
        for name, value in environment.items()
        if any(fnmatch.fnmatchcase(name, wanted) for wanted in names)
    }
