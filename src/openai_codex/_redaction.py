"""Takes secrets out of text before it is logged, kept, shown, raised or recorded.

A net, not a wall: a secret that looks like any other word stays. Every pattern is linear in the
text: a run of unbounded length is either consumed or begins where no other run may begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from itertools import groupby

__all__ = ["HIDDEN", "PrivateKeyLines", "redact", "redact_words"]

HIDDEN = "[redacted]"
"""What stands in the place of a secret."""

Found = re.Match[str]


def redact(text: str, *, code: bool = False) -> str:
    """Return `text` with `[redacted]` for what looks like a key, a password, a token or a code.

    With `code`, a value that a shell would run part of stays visible: a command that is shown to
    the person who decides about it must not be able to hide behind `--token="$(...)"`.

    >>> redact("curl --api-key=k https://me:pw@host/")
    'curl --api-key=[redacted] https://me:[redacted]@host/'
    >>> redact('x --token="$(rm -rf /)"', code=True)
    'x --token="$(rm -rf /)"'
    """
    lowered = text.lower()
    for (beside, signs), shapes in _BY_SIGNS:
        if beside in lowered and any(map(lowered.__contains__, signs)):
            for shape in shapes:
                text = shape.pattern.sub(shape.hide_code if code else shape.hide, text)
    return text


def redact_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a command line, redacted each, and where one names the next as secret."""
    return tuple(_redacted_words(words))


def _redacted_words(words: Iterable[str]) -> Iterator[str]:
    hide_next = False
    for word in words:
        yield (
            HIDDEN if hide_next and not word.startswith("-") else _SETTING.sub(_hide, redact(word))
        )
        hide_next = word.startswith("-") and _names_secret().search(word) is not None


# A setting of the runtime whose values are variables or headers: any of them may be a secret.
_SETTING = re.compile(
    r"""(?P<word>(?:\A|[.\s{,])(?:env|(?:http_)?headers|query_params)(?:\.[\w."-]{1,200})?\s{0,9}=
    \s{0,9}).+""",
    re.VERBOSE | re.DOTALL,
)


class PrivateKeyLines:
    """Finds the lines of private keys in text that comes line by line."""

    def __init__(self) -> None:
        self._inside = False

    @property
    def is_inside(self) -> bool:
        """Whether the next line may belong to a key."""
        return self._inside

    def redact(self, line: str) -> str:
        """Return the line, or `[redacted]` for one that belongs to a private key."""
        if "-----" in line:
            self._inside = _KEY_BEGINS.search(line) is not None
        elif self._inside:
            self._inside = _KEY_LINE.fullmatch(line) is not None
            return HIDDEN if self._inside else line
        return line


# --- where a word begins --------------------------------------------------------------------------

# Text comes as JSON, as a repr, as an address, in colours: a word may touch the last letter of what
# stands for a line end, a character or a colour, as in "\nghp_...", "%20ghp_..." and "[31mghp_...".
_BEHIND_ESCAPE = r"""(?<=[nrtbfvm0-9A-Fa-f])(?: (?<=\\[nrtbfv]) | (?<=\\x[0-9A-Fa-f]{2})
    | (?<=\\u[0-9A-Fa-f]{4}) | (?<=\\[0-7]{3}) | (?<=%[0-9A-Fa-f]{2}) | (?<=\[m) | (?<=[\[;][0-9]m)
    | (?<=[\[;][0-9]{2}m) | (?<=[\[;][0-9]{3}m))"""
_WORD_BEGINS = rf"(?:(?<![A-Za-z0-9_])|{_BEHIND_ESCAPE})"
_OPTION_BEGINS = rf"(?:(?<![\w.-])|{_BEHIND_ESCAPE})"
_NO_LETTER = rf"(?:(?<![a-z])|{_BEHIND_ESCAPE})"

# --- the names that announce a secret ------------------------------------------------------------

_CODES = ("user", "device", "auth", "mfa", "otp", "verification", "recovery", "time", "factor")
_NAME = rf"""(?:
    pass(?:word|wd|phrase|code|wort)s? | kennwort | mot\ de\ passe | contrase(?:ña|na)
  | (?<=[_-])pass
  | (?=[pot]){_NO_LETTER}(?:pass(?=\\?["']?\s{{0,9}}=) | psk | t?otp
      | pwd(?=\\?["']?\s{{0,9}}[:=]\s{{0,9}}["']?[^\s/~.$"']))
  | secrets?(?:[_-]?(?:access[_-]?)?key)? | credentials?
  | (?:api|access|account|admin|aes|app|auth|client|crypto|deploy|encryption|functions?|hmac
      |instrumentation|jwt|licen[sc]e|master|private|rsa|service|session|shared|signing|ssh|storage
      |subscription|webhook)[_\ -]?(?:access[_\ -]?)?keys?(?:-data)?
  | cookies(?=\\{{0,3}}["']?\s{{0,9}}[:=]\s{{0,9}}[\[{{])
  | signing[_-]?salt | client[_-]assertion | jsessionid | phpsessid | connect\.sid
  | (?=x-){_OPTION_BEGINS}x-[\w-]{{0,40}}key
  | (?:access|api|auth|bearer|csrf|id|refresh|security|session|xsrf)[_-]?tokens
  | (?<!unexpected\ )(?<!illegal\ )token(?!s) | jwt
  | bearer(?=["']?\s{{0,9}}[:=]) | (?:_|["'])auth(?=\\?["']?\s{{0,9}}[:=])
  | code[_-]?verifier | (?:user|device|auth|mfa|otp|verification|recovery|one-time
      |two[_-]?factor)(?:[_-]|\ )?code
)(?:[_-]?\d{{1,3}} | [_-]v\d | [_-](?:base64|base|b64|current|default|dev|id|live|main|new|old|plain
      |prod|production|staging|test|text|value))?"""
_SIGNS = (
    *("pass", "pwd", "secret", "credential", "key", "token", "jwt", "_auth", "otp", "verifier"),
    *(
        "-auth",
        "-cookie",
        "-pat",
        "bearer",
        '"auth',
        "'auth",
        "kennwort",
        "mot de passe",
        "contrase",
        "psk",
        "signing",
        "assertion",
        "sessid",
        "jsessionid",
        "connect.sid",
        "cookies",
    ),
    # Not "code" alone, which is in every text about programs.
    *(f"{kind}{blank}code" for kind in _CODES for blank in ("", "_", "-", " ")),
)

# What may stand around a name: colours of a terminal, bold, joiners; and quotes as pages and
# addresses write them.
_MARK = r"(?:\x1b\[[\d;]{0,12}m|\*\*|[\u200b-\u200d\u2060\ufeff])?"
_WRITTEN_QUOTE = r"(?:&(?:quot|apos|\#0?3[49]|\#x2[27]);|\\{1,3}u002[27]|%2[27])"

# Between the name and the value: an assignment, a JSON member, a pair, a table of names and values.
_SEPARATOR = rf"""(?:
    \\{{0,3}}["']?,?\s{{0,40}}\\{{0,3}}["']?\b(?-i:value|Value|VALUE)\\{{0,3}}["']?\s{{0,9}}[:=]
    \s{{0,9}}
  | {_MARK}(?:\\{{0,3}}["'`]|{_WRITTEN_QUOTE})?\]?\s{{0,9}}
    (?:=>|:=|[:\uff1a\uff1d]|={{1,3}}(?!=)|%3[ad]){_MARK}\s{{0,9}}(?:[|>][+-]?\s{{1,40}})?{_MARK}
    (?:{_WRITTEN_QUOTE}|%20)?
  | \\{{0,3}}["'],\s{{0,9}}(?=\\{{0,3}}["'])
)"""
_QUOTED = r"""(?P<quote>\"{3}|'{3}|\\{0,3}["'`])(?:\n\s{0,40})?
    (?P<inner>(?:(?!(?P=quote))(?:\\\\\\["'`]|\\.|[^\\\n]))+)(?P<close>(?P=quote))?"""
# What closes a text stands in a value only where the value goes on behind it.
_BARE = r"""(?:[^\s"'`\\,;&|<>)\]}] | ["'`|<>)\]}](?=\w) | ,(?=\w)(?![\w.-]{1,40}\s?[=:])
    | \\(?![nrt"'`\s])[^\s])+"""
# What a name may be followed by and is no secret: nothing, a type, a list or an object (see below).
_NO_SECRET = r"""(?:\[redacted\] | [\[{]\s{0,9}(?:[\]}]|\\{0,3}["'])
    | (?:null|none|nil|true|false|undefined)\b
    | (?:str|string|bytes|int|bool|boolean|number|object|any)(?![^\s,;|=)\]}]))"""
_VALUE = rf"""(?!{_NO_SECRET})
    (?P<wrap>(?:[A-Za-z_][\w:]{{0,40}}\(\s?){{0,3}}) (?:(?:bearer|basic|token|apikey)\s{{1,9}})?
    (?:{_QUOTED} | {_BARE})"""
# All texts of a list, and what looks like no word in an object.
_MANY = r"(?P<many>\[[^\[\]]{1,4000}\]|\{[^{}]{1,4000}\})"
_HEADER_PART = r"""(?:[\w.-]{1,40}=)?(?:\\?"[^"\\\n]*\\?"|[^\s"'`\\,;&|<>)\]}]+)"""


@cache
def _names_secret() -> re.Pattern[str]:
    return re.compile(rf"(?:{_NAME}|pass|pwd|auth|cookie|pat|bearer)\Z", re.VERBOSE | re.IGNORECASE)


class _Shape:
    """A form that secrets have: the pattern runs where the text, in small letters, has a sign.

    Where it has `beside`, too: one word that is looked for first spares many.
    """

    def __init__(
        self,
        signs: str | tuple[str, ...],
        pattern: str,
        hide: Callable[[Found], str] | None = None,
        in_code: Callable[[Found], str] | None = None,
        *,
        beside: str = "",
    ) -> None:
        self.beside = beside
        self.signs = (signs,) if isinstance(signs, str) else signs
        self.hide = hide or _hide
        self.hide_in_code = in_code
        self._pattern = pattern

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern: most programs never need most of them."""
        return re.compile(self._pattern, re.VERBOSE | re.IGNORECASE)

    def hide_code(self, found: Found) -> str:
        """Return what takes the place of a secret, or the text as it is where a shell runs it."""
        if self.hide_in_code is not None:
            return self.hide_in_code(found)
        return _unless_it_runs(found, self.hide)


_RUNS = re.compile(r"[;|&<>`\n$]")


def _unless_it_runs(found: Found, hide: Callable[[Found], str]) -> str:
    kept = found["word"] or ""
    return found.group() if _RUNS.search(found.group(), len(kept)) else hide(found)


def _hide(found: Found) -> str:
    return f"{found.groupdict().get('word') or ''}{HIDDEN}"


def _hide_value(found: Found) -> str:
    """Keep the quotes of a JSON member, so that it stays one; those of a shell word go."""
    if found["many"]:
        return _hide_members(found["word"], found["many"])
    word, wrap, quote = found["word"], found["wrap"] or "", found["quote"] or ""
    if word.rstrip().endswith("="):
        return f"{word}{wrap}{HIDDEN}"
    return f"{word}{wrap}{quote}{HIDDEN}{found['close'] or ''}"


def _hide_members(word: str, many: str) -> str:
    """Hide the texts of a list or an object that a secret's name announces; its names stay."""
    if '"' not in many and "'" not in many:
        return f"{word}{HIDDEN}" if many.strip("[]{} \t\n") else f"{word}{many}"
    pattern, hide = (_ITEM, _hide) if many[0] == "[" else (_MEMBER, _hide_member)
    return f"{word}{pattern.sub(hide, many)}"


def _hide_member(found: Found) -> str:
    """Hide the value of a member, but for one that says what kind of thing it is."""
    kept = found["name"].lower() not in ("value", "secret_value") and found["kind"] is not None
    return found.group() if kept else _hide(found)


_ITEM = re.compile(r"""(?P<word>["'])(?!\[redacted\])[^"'\\\n]+(?=\\{0,3}["']\s*[\],])""")
_MEMBER = re.compile(
    r"""(?P<word>(?P<name>\w{1,60})\\{0,3}["']?\s{0,9}(?::|=>?)\s{0,9}\\{0,3}["'])(?!\[redacted\])
    (?:(?P<kind>[A-Za-z]{1,12}(?=\\{0,3}["']))|[^"'\\\n]+)""",
    re.VERBOSE,
)


def _hide_flag(found: Found) -> str:
    """Hide the value of an option whose name announces a secret: `--token x`."""
    return _hide(found) if _names_secret().search(found["flag"]) else found.group()


def _hide_web_token(found: Found) -> str:
    """Hide the parts of a JSON web token in a run of names and dots."""
    parts = found.group().split(".")
    first = next((at for at, part in enumerate(parts[:-1]) if _WEB_TOKEN.search(part)), None)
    if first is None or not parts[first + 1]:
        return found.group()
    begin = _WEB_TOKEN.split(parts[first])[0]
    return ".".join((*parts[:first], f"{begin}{HIDDEN}", *parts[first + 5 :]))


# A run of letters may begin with the end of an escape: `\n`, `\x1b`, `\u202e`, `%20`, `[31m`.
_WEB_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])eyJ|(?<=\A[nrt])eyJ|(?<=\A[0-9A-Fa-f]{2})eyJ|(?<=\A[0-9]m)eyJ"
    r"|(?<=\A[0-9]{2}m)eyJ|(?<=\Ax[0-9A-Fa-f]{2})eyJ|(?<=\A[0-9]{3})eyJ|(?<=\Au[0-9A-Fa-f]{4})eyJ"
)


# Programs that take a password behind an option of one letter: `sshpass -p x`, `curl -u me:x`.
_ALSO_TOUCHING = ("sshpass", "unzip", "zip", "curl")
_TOUCHING = (
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mariadb",
    "7z",
    "7za",
    "7zr",
    "rar",
)
_LOGGING_IN = ("docker", "podman", "nerdctl", "helm", "oras", "skopeo", "az")
_OPTIONS_OF = {
    **dict.fromkeys((*_TOUCHING, *_LOGGING_IN), "p"),
    **dict.fromkeys(("sshpass", "mongo", "mongosh", "mongodump", "mongorestore", "cqlsh"), "p"),
    **dict.fromkeys(("influx", "impala-shell", "beeline", "rdesktop", "vncdotool"), "p"),
    **dict.fromkeys(("unzip", "zip", "sqlcmd", "bcp", "isql", "tsql"), "P"),
    **dict.fromkeys(("smbclient", "rpcclient"), "U"),
    **dict.fromkeys(("redis-cli", "http", "https", "httpie", "xh"), "a"),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"), "w"),
    **dict.fromkeys(("mosquitto_pub", "mosquitto_sub", "ipmitool"), "P"),
    "lftp": "u",
    "twine": "p",
    "curl": "uUb",
    "ssh-keygen": "N",
}


def _hide_client(found: Found) -> str:
    """Hide what follows a password option in the command of a known client."""
    return _client_hidden(found, _hide)


def _hide_client_code(found: Found) -> str:
    return _client_hidden(found, lambda option: _unless_it_runs(option, _hide))


def _client_hidden(found: Found, hide: Callable[[Found], str]) -> str:
    program, rest = found["program"].lower(), found["rest"]
    if program in _LOGGING_IN and "login" not in rest:  # their `-p` means a port elsewhere
        return found.group()
    return f"{found['program']}{_password_option(program).sub(hide, rest)}"


@cache
def _password_option(program: str) -> re.Pattern[str]:
    is_curl = program == "curl"
    may_touch = program in (*_TOUCHING, *_ALSO_TOUCHING)
    blanks = r"\s{0,9}" if may_touch else r"\s{1,9}"
    flag = rf"-{'[a-zA-Z]{0,8}?' if is_curl else ''}[{_OPTIONS_OF[program]}]{blanks}"
    named = r"|--(?:proxy-)?user[ =]" if is_curl else ""
    return re.compile(
        rf"""(?P<word>(?<![\w-])(?:{flag}{named}))(?!\[redacted\]|[-\s])
        (?:"[^"\n]*"|'[^'\n]*'|[^\s"'`;|&<>]+)""",
        re.VERBOSE,
    )


_WORD = "(?P<word>"
_URL_SECRETS = r"""(?:(?:x-(?:amz|goog)-)?(?:signature|credential|security-token)|access_token
    |api_?key|assertion|auth|client_secret|code|code_challenge|id_token|jwt|key|otp|passw(?:or)?d|pw
    |refresh_token|secret|session|sig|state|ticket|token|user_code)"""

# What the keys of services begin with. `\b` before each: none begins with a run.
_KEY_PREFIXES = r"""
    (?:sk|rk|pk|sess|xox[abceoprs]|xapp)[-_][A-Za-z0-9_\-]{6,}
  | (?:gh[oprsu]|github_pat|glpat|gl(?:dt|rt|ptt|cbt|imt|agent|soat|ft|ffct)|hf|npm|gsk|r8|dckr_pat
      |shp(?:at|ss|ca|pa)|lin_api|figd|sntrys|sntryu|glsa|glc|sbp|sb_secret|rubygems|whsec|tfp|ntn
      |phx|bkua|do[opr]_v1|vercel|secret|key|re|pplx|xai|nvapi|xkeysib|pat-[a-z]{2}\d)
      [-_][A-Za-z0-9_\-]{20,}
  | (?:lsv2_(?:pt|sk)|tskey-[a-z]{2,9}|pscale_(?:tkn|pw|oauth)|tvly|tgp_v1)[-_][A-Za-z0-9_\-]{20,}
  | (?:pul|pn[ub]|rdme|csk|fw|jina)[-_][A-Za-z0-9]{22,}
  | (?-i:CCIPAT_|cflt|ABSK|AQ\.|dp\.st\.[a-z]{1,20}\.)[A-Za-z0-9+/_\-]{24,}
  | (?-i:oy2)[a-z0-9]{43}\b | (?-i:sl\.[BAu]\.?)[A-Za-z0-9_\-]{40,}
  | [A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{40,}
  | openai-insecure-api-key\.[^\s,]{8,} | 1//0[A-Za-z0-9_\-]{30,}
  | (?-i:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[0-9A-Z]{16}\b | (?-i:LTAI|AKID)[A-Za-z0-9]{12,}
  | (?-i:AIza)[A-Za-z0-9_\-]{30,} | ya29\.[A-Za-z0-9_\-]{10,} | (?-i:GOCSPX)-[A-Za-z0-9_\-]{20,}
  | (?-i:SG)\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}
  | (?:hv[bsr]|dp\.[a-z]{2,4})\.[A-Za-z0-9]{20,}
  | pypi-[A-Za-z0-9_\-]{16,} | (?-i:NRAK|PMAK|CFPAT)-[A-Za-z0-9_\-]{20,} | dapi[0-9a-f]{32}
  | (?-i:ATATT3x|ATCTT3x|ATBB)[A-Za-z0-9_\-=.]{16,} | (?-i:AGE-SECRET-KEY-1)[A-Z0-9]{20,}
  | sq0(?:atp|csp)-[A-Za-z0-9_\-]{20,} | (?-i:EAA)[A-Za-z0-9]{40,}
  | (?-i:FlyV1)\ [A-Za-z0-9_,\-=+/]+
  | (?:bot)?\d{8,10}:(?-i:AA)[A-Za-z0-9_\-]{30,}
  | (?-i:[MNO])[A-Za-z0-9]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"""
_KEY_SIGNS = (
    *(
        "sk-",
        "sk_",
        "rk_",
        "rk-",
        "pk_",
        "pk-",
        "sess-",
        "sess_",
        "xox",
        "xapp",
        "gho",
        "ghp",
        "ghr",
    ),
    *("ghs", "ghu", "github_pat", "glpat", "gldt", "glrt", "glptt", "glcbt", "glimt", "glagent"),
    *(
        "glsoat",
        "glft",
        "glffct",
        "glsa",
        "glc_",
        "hf_",
        "hf-",
        "npm",
        "gsk_",
        "r8_",
        "dckr",
        "shp",
    ),
    *("lin_api", "figd", "sntry", "sbp", "rubygems", "whsec", "tfp", "ntn", "phx", "bkua"),
    *(
        "_v1_",
        "vercel",
        "secret",
        "key-",
        "key_",
        "re_",
        "pplx",
        "xai-",
        "nvapi",
        "xkeysib",
        "pat-",
    ),
    *("akia", "asia", "abia", "acca", "aroa", "aida", "ltai", "akid", "aiza", "ya29", "gocspx"),
    *(
        "sg.",
        "hvs.",
        "hvb.",
        "hvr.",
        "dp.",
        "pypi",
        "nrak",
        "pmak",
        "cfpat",
        "dapi",
        "atatt",
        "atctt",
    ),
    *("lsv2", "tskey", "pscale", "pul-", "ccipat", "cflt", "pnu_", "pnb_", "rdme", "csk-", "fw_"),
    *("tvly", "jina", "tgp_", "insecure-api-key", "dp.st", "absk", "aq.", "oy2", "sl.", "atlasv1"),
    "1//0",
    *("atbb", "age-secret", "sq0", "eaa", "flyv1", ":aa", "discord"),
)

# A key in PEM form, also where its line ends are written out, quoted or behind a prefix.
_KEY_FIELD = "(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset)"
_KEY_BODY = rf"""(?: (?:\\r|\\n|[\s"'>|+,])* (?:{_KEY_FIELD}:[^\n]* | [A-Za-z0-9+/=]+ ) )"""
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----(?!.*-----END)")
_KEY_LINE = re.compile(rf"\s*[A-Za-z0-9+/=]*\s*|{_KEY_FIELD}:.*")


_SHAPES = (
    _Shape(
        "-----begin",
        rf"-----BEGIN\ [A-Z ]{{0,20}}PRIVATE\ KEY(?:\ BLOCK)?-----{_KEY_BODY}*"
        r"(?:(?:\\r|\\n|[\s\"'>|+,])*-----END\ [A-Z ]{0,20}KEY(?:\ BLOCK)?-----)?",
        in_code=_hide,
    ),
    _Shape("private-lines:", rf"{_WORD}Private-Lines:\s\d{{1,4}})(?:\s*\n[A-Za-z0-9+/=]+)+"),
    _Shape(
        "---- begin ssh2",
        r"----\ BEGIN\ SSH2\ ENCRYPTED\ PRIVATE\ KEY\ ----"
        r"(?:\s*\n(?:Comment:[^\n]*|[A-Za-z0-9+/=]+))*",
    ),
    _Shape(_KEY_SIGNS, rf"{_WORD_BEGINS}(?:{_KEY_PREFIXES})", in_code=_hide),
    _Shape("pat", r"(?-i:pat)(?<=\bpat)[A-Za-z0-9]{14}\.[0-9a-f]{64}", in_code=_hide),
    _Shape("eyj", r"(?<![\w.-])[\w.-]+", _hide_web_token, _hide_web_token),
    _Shape(
        "authorization",
        rf"""{_WORD}authorization\\?["']?\s{{0,9}}(?:[:=]|,)\s{{0,9}}(?:\\?["'])?)(?!\[redacted\])
            (?:[A-Za-z][\w.-]{{0,30}}\s{{1,9}}(?=[\w"+/=.-]))?{_HEADER_PART}
            (?:,\s{{0,3}}{_HEADER_PART})*""",
    ),
    _Shape(
        "cookie",
        rf"""{_WORD}{_WORD_BEGINS}cookie\\?["']?\s{{0,9}}[:=]\s{{0,9}}\\?["']?)(?!\[redacted\])
            [^\s;"'\\]+(?:;\s?[^\s;"'\\]+)*""",
    ),
    _Shape(_SIGNS, rf"{_WORD}{_NAME}{_SEPARATOR})(?:{_MANY}|{_VALUE})", _hide_value),
    _Shape(
        _SIGNS,
        rf"""{_WORD}(?:(?<![\w-])|{_BEHIND_ESCAPE})--?(?P<flag>[A-Za-z][\w-]{{0,60}})["']?\s{{1,9}})
            (?!-|\[redacted\])(?:{_QUOTED}|{_BARE})""",
        _hide_flag,
    ),
    # `X_TOKEN abc`, `login me password abc`, `the password is abc`: where it looks like no word.
    _Shape(
        _SIGNS,
        rf"""{_WORD}(?:(?<=_)(?:{_NAME}|authtoken)
            | (?=[lptsa]){_WORD_BEGINS}(?:login\s{{1,9}}[^\s]{{1,80}}\s{{1,9}}password
            | (?:password|passphrase|passcode|token|secret|api\ key)\s(?:is|was)
            | (?:password|token|api\ key)\s(?:provided|supplied|given):?))[\ \t]{{1,9}})
            (?!(?-i:[A-Z]+)(?!\S))(?=["']?[^\s"']{{0,200}}(?-i:[0-9A-Z+/=_-]))(?![-|]|\[redacted\])
            (?:{_QUOTED}|{_BARE})""",
    ),
    # `{"value": "abc", "name": "API_KEY"}`
    _Shape(
        _SIGNS,
        rf"""{_WORD}\bvalue\\{{0,3}}["']?\s{{0,9}}[:=]\s{{0,9}}\\{{0,3}}["'])[^"'\\\n]{{1,4000}}
            (?=\\{{0,3}}["'],\s{{0,9}}\\{{0,3}}["']?(?:name|key)\\{{0,3}}["']?\s{{0,9}}[:=]\s{{0,9}}
            \\{{0,3}}["'][\w.-]{{0,60}}?{_NAME}\\{{0,3}}["'])""",
    ),
    # `CREATE USER me IDENTIFIED BY 'abc'`, `SET PASSWORD FOR 'me' = 'abc'`
    _Shape(
        ("identified by", "password"),
        rf"""{_WORD}{_WORD_BEGINS}(?:identified\s(?:with\s[\w'"]{{1,40}}\s)?(?:by|as)
            |password(?:\sfor\s[^\s=]{{1,80}}\s?=)?)\s{{1,3}}['"])[^'"\n]{{1,400}}(?=['"])""",
    ),
    # `echo abc | docker login --password-stdin`
    _Shape(
        ("stdin", "sudo", "with-token", "passphrase-fd"),
        rf"""{_WORD}{_WORD_BEGINS}(?:echo|printf)\s(?:-n\s|--\s|'%s(?:\\n)?'\s)?)[^\s|]{{1,200}}
            (?=\s?\|\s?(?:sudo\s-S\b|[^\n|]{{0,200}}--(?:password-stdin|with-token|passphrase-fd)))""",
    ),
    _Shape("--from-literal", rf"{_WORD}--from-literal[=\ ][\w.-]{{1,100}}=)(?!\[redacted\])[^\s]+"),
    _Shape(
        "password ",
        rf"""{_WORD}{_WORD_BEGINS}connect\s{{1,9}}[^\s]{{1,80}}\s{{1,9}}password\s{{1,9}})(?!\[redacted\])[^\s]+""",
    ),
    # The types that Rust prints: `ApiKey("abc")`.
    _Shape(
        (
            "key(",
            "token(",
            "secret(",
            "secretstr(",
            "bytes(",
            "string(",
            "value(",
            "box(",
            "password(",
        ),
        rf"""{_WORD}(?-i:\b(?:[A-Z][a-z]{{1,12}}){{0,3}}(?:ApiKey|AccessKey|Secret(?:Str|Bytes|String|Value|Box|Key)?
            |(?:Auth|Bearer|Access|Refresh|Api)Token|Password)\()\\?["']?)[^\s"')\\]+""",
    ),
    _Shape(("</",), rf"{_WORD}{_NAME}\s{{0,3}}>)[^<\s]{{1,4000}}(?=</)"),
    # Not what a service says of it: "Missing bearer or basic authentication in header".
    _Shape(
        "bearer",
        rf"""{_WORD}{_WORD_BEGINS}bearer\s{{1,9}})
            (?!\[redacted\]|(?:and|auth(?:entication|orization)|or|tokens?)(?![^\s,;]))[^\s"'\\,;]+""",
    ),
    _Shape(
        "basic", rf"{_WORD}{_WORD_BEGINS}basic\s{{1,9}})(?=[^\s]*[0-9=])[A-Za-z0-9+/]{{8,}}={{0,2}}"
    ),
    _Shape(
        ("ntlm ", "negotiate "),
        rf"{_WORD}{_WORD_BEGINS}(?:ntlm|negotiate)\s)[A-Za-z0-9+/]{{16,}}={{0,2}}",
    ),
    # Addresses: the password of a user, and what only one visit may know.
    _Shape(
        "://",
        rf"{_WORD}://[^\s/:@'\"]{{0,100}}:)(?!\d{{1,5}}(?:[/?#]|\Z))[^\s'\"]{{1,300}}(?=@)",
    ),
    _Shape("://", rf"{_WORD}://)(?!\[redacted\])[A-Za-z0-9_\-]{{20,300}}(?=@)"),
    _Shape("=", rf"{_WORD}[?&\#]{_URL_SECRETS}=)(?!\[redacted\])[^&\s\"'\#]+"),
    _Shape(
        ("hooks.slack", "/api/webhooks", "webhook.office"),
        rf"""{_WORD}(?:hooks\.slack\.com/(?:services|workflows)|/api/webhooks
            |webhook\.office\.com/webhookb2)/)[\w/@-]+""",
    ),
    _Shape("pass:", rf"{_WORD}(?<!\S)pass:)[^\s\"'\d][^\s\"']*"),
    _Shape(
        tuple(f"{program} " for program in _OPTIONS_OF),
        rf"""{_OPTION_BEGINS}(?P<program>{"|".join(sorted(_OPTIONS_OF, key=len, reverse=True))})
            (?P<rest>\s[^\n;|&]*)""",
        _hide_client,
        _hide_client_code,
        beside=" -",
    ),
)

# Most shapes that follow each other have the same signs: they are looked for once.
_BY_SIGNS = [
    (signs, [*shapes])
    for signs, shapes in groupby(_SHAPES, lambda shape: (shape.beside, shape.signs))
]
