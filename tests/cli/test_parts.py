"""Parts of the command line by themselves, without a process: what is asked, checked and told."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import signal
from argparse import Namespace
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import pytest

from openai_codex import OutputValidationError
from openai_codex.cli import exits
from openai_codex.cli.catalogue import entry_of
from openai_codex.cli.commands import batch, doctor, export, login, threads
from openai_codex.cli.doctor import place
from openai_codex.cli.doctor.checks import Check
from openai_codex.cli.doctor.probes import account_check, sandbox_check
from openai_codex.cli.loading import module_of
from openai_codex.cli.main import main
from openai_codex.cli.money import dollars
from openai_codex.cli.problems import CommandError, UsageError
from openai_codex.cli.recording import run_inner
from openai_codex.cli.rollout_tail import TAIL, tokens_of
from openai_codex.cli.run import turn
from openai_codex.cli.run.asking import Asking, _value, parts_of, title_of
from openai_codex.cli.run.decisions import Decisions
from openai_codex.cli.run.prompt import check_json
from openai_codex.cli.serving.watching import View
from openai_codex.cli.terminal import Terminal
from openai_codex.cli.threads import listing
from openai_codex.cli.tree import Flag
from openai_codex.questions import Decision
from openai_codex.questions.kinds import question_kind

WHOLE_ID = "01999999-9999-7999-8999-999999999999"


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    made = Terminal()
    made.out, made.err = io.StringIO(), io.StringIO()
    return made


def said(terminal: Terminal) -> str:
    assert isinstance(terminal.out, io.StringIO)
    return terminal.out.getvalue()


def noted(terminal: Terminal) -> str:
    assert isinstance(terminal.err, io.StringIO)
    return terminal.err.getvalue()


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "params", "title", "parts"),
    [
        (
            "item/commandExecution/requestApproval",
            {
                "command": "bash -lc 'git push'",
                "environmentId": "far",
                "cwd": "/repo",
                "reason": "why",
                "additionalPermissions": {"network": True},
                "networkApprovalContext": {"host": "h"},
            },
            "The agent asks to run a command:",
            [
                ("", "git push"),
                ("with", '{"network": true}'),
                ("network", '{"host": "h"}'),
                ("in", "/repo"),
                ("because", "why"),
            ],
        ),
        (
            "item/permissions/requestApproval",
            {"permissions": {"network": True}, "cwd": "/repo"},
            "The agent asks for permissions:",
            [("", '{\n  "network": true\n}'), ("in", "/repo")],
        ),
    ],
)
def test_a_question_is_shown_with_where_and_why(
    method: str, params: dict[str, Any], title: str, parts: list[tuple[str, str]]
) -> None:
    kind = question_kind(method, params)
    assert kind is not None
    question: Any = kind(method, {"threadId": "th", **params}, item=None, folder="/repo")
    assert title_of(question) == title
    assert [part for part in parts_of(question) if part[0] != "on"] == parts


def test_a_file_of_rules_leaves_to_the_person_what_no_rule_decides(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("allow git status\n")
    asked: list[Any] = []

    def approve(question: Any) -> bool:
        asked.append(question)
        return False

    asking: Any = SimpleNamespace(approve=approve, ask_user=None)
    handlers = turn._handlers(f"rules:{rules}", asking, Decisions(), str(tmp_path))
    for command in ("git status", "git push"):
        method = "item/commandExecution/requestApproval"
        params = {"threadId": "th", "command": command, "cwd": str(tmp_path)}
        kind = question_kind(method, params)
        assert kind is not None
        answer: Any = handlers.approve
        answer(kind(method, params, item=None, folder=str(tmp_path)))
    assert [question.command for question in asked] == ["git push"]


class Keyboard:
    """What a person types, line by line; None where the question is settled before."""

    def __init__(self, *lines: str | None) -> None:
        self.lines = list(lines)
        self.secret: list[bool] = []
        self.forgotten = 0

    def forget_typed(self) -> None:
        self.forgotten += 1

    def line(self, settled: Any, *, secret: bool) -> str | None:
        self.secret.append(secret)
        return self.lines.pop(0)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("1", "one"), ("2", "two"), ("3", "3"), ("0", "0"), ("²", "²"), ("else", "else"), (None, "")],
)
def test_a_choice_is_answered_by_its_number_or_in_words(
    terminal: Terminal, typed: str | None, answer: str
) -> None:
    keyboard = Keyboard(typed, "secret")
    choice = SimpleNamespace(
        id="a",
        question="Which?",
        options=[SimpleNamespace(label="one"), SimpleNamespace(label="two")],
        is_secret=False,
    )
    key = SimpleNamespace(id="b", question="Key?", options=None, is_secret=True)
    question: Any = SimpleNamespace(questions=[choice, key], settled=None)
    asking = Asking(terminal, cast(Any, keyboard), nullcontext)
    assert asking.ask_user(question) == {"a": answer, "b": "secret"}
    assert (keyboard.secret, keyboard.forgotten) == ([False, True], 2)
    asked = noted(terminal)
    for line in ("The agent asks:\n  | Which?\n  | 1. one\n  | 2. two\nAnswer: ", "  | Key?\n"):
        assert line in asked


COMMAND = {"threadId": "th", "command": "ls", "cwd": "/repo"}


@pytest.mark.parametrize(
    ("typed", "decision", "shown"),
    [
        ("y", Decision.accept, "allowed once"),
        (" YES ", Decision.accept, "allowed once"),
        ("a", Decision.accept_for_session, "allowed in this session"),
        ("always", Decision.accept_for_session, "allowed in this session"),
        ("n", Decision.decline, "declined"),
        ("", Decision.decline, "declined"),
        ("yess", Decision.decline, "declined"),
        (None, Decision.decline, "declined"),
        ("s", Decision.cancel, "declined; the turn is stopped"),
        ("stop", Decision.cancel, "declined; the turn is stopped"),
    ],
)
def test_all_but_a_clear_yes_is_a_no(
    terminal: Terminal, typed: str | None, decision: Decision, shown: str
) -> None:
    method = "item/commandExecution/requestApproval"
    kind = question_kind(method, COMMAND)
    assert kind is not None
    question: Any = kind(method, COMMAND, item=None, folder="/repo")
    asking = Asking(terminal, cast(Any, Keyboard(typed)), nullcontext)
    assert asking.approve(question) is decision
    line_end = "\n" if typed is None else ""  # else the person has typed it
    assert noted(terminal).endswith(f"[s]top the turn: {line_end}  {shown}\n")


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("Yes", "boolean", True),
        ("no", "boolean", False),
        ("7", "integer", 7),
        ("7.5", "integer", "7.5"),
        ("7.5", "number", 7.5),
        ("x", "number", "x"),
        ("7", "string", "7"),
    ],
)
def test_a_value_of_a_form_is_of_the_kind_that_its_field_asks_for(
    typed: str, kind: str, value: object
) -> None:
    made = _value(typed, {"type": kind})
    assert (made, type(made)) == (value, type(value))


def test_what_another_one_said_is_shown_to_a_watcher(terminal: Terminal) -> None:
    said_parts = [{"type": "text", "text": "Go"}, {"type": "image"}, {"type": "text", "text": "on"}]
    view = View(terminal)
    for method, kind in (
        ("item/started", "userMessage"),
        ("item/completed", "userMessage"),
        ("item/completed", "agentMessage"),
    ):
        item = {"type": kind, "id": "u", "content": said_parts}
        view.event(SimpleNamespace(method=method, params={"item": item}))
    view.event(SimpleNamespace(method="turn/started", params={}))
    assert noted(terminal) == "asked    Go  on\n"
    view.question(SimpleNamespace(summary="ls"))
    assert noted(terminal).endswith("asks     ls\n")


# --- what is checked -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["no JSON", "NaN", "[1, -Infinity]", '{"a": Infinity}', ""])
def test_an_answer_to_a_schema_must_be_json(text: str) -> None:
    with pytest.raises(OutputValidationError, match="it is no JSON"):
        check_json(SimpleNamespace(final_response=text))
    check_json(SimpleNamespace(final_response='{"a": 1.5}'))


def test_a_key_among_the_arguments_of_login_is_refused_and_not_shown(terminal: Terminal) -> None:
    with pytest.raises(UsageError, match="a key is none, for others can see them") as raised:
        login.execute(Namespace(given=["sk-1"]), terminal)
    assert raised.value.advice.startswith("pipe it in: ")
    assert "sk-1" not in str(raised.value)


def test_a_document_keeps_the_mode_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old")
    old.chmod(0o640)

    def write(out: IO[str]) -> None:
        out.write("é\n")

    for target, mode in ((old, 0o640), (new, 0o600)):
        export._write_whole(target, write)
        assert (target.read_bytes(), target.stat().st_mode & 0o777) == ("é\n".encode(), mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


def test_a_document_whose_writing_fails_leaves_the_old_one(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("old")

    def fail(out: IO[str]) -> None:
        out.write("new")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        export._write_whole(old, fail)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_document_is_written_to_a_folder_that_is_there(tmp_path: Path) -> None:
    options: Any = None
    store: Any = None
    for parent, why, advice in (
        (tmp_path / "none", "No such file or directory", "create it"),
        (tmp_path / "file", "is no folder", ""),
    ):
        (tmp_path / "file").write_text("")
        with pytest.raises(CommandError, match=why) as raised:
            export._write_file(tmp_path, "html", parent / "x.html", options, store)
        assert (raised.value.code, raised.value.advice) == ("os", advice)
        assert str(raised.value).startswith(str(parent))


@pytest.mark.parametrize(
    ("output", "kind"),
    [("a.html", "html"), ("a.md", "md"), ("a.jsonl", "jsonl"), ("a.txt", "html"), (None, "html")],
)
def test_a_document_is_of_the_kind_that_its_ending_names(output: str | None, kind: str) -> None:
    assert export._kind_of(output) == kind


# --- doctor --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "status", "summary"),
    [(1024, "ok", "can be written, 1,024 MiB free"), (1023, "warn", ": only 1023 MiB free")],
)
def test_a_home_with_little_space_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str, summary: str
) -> None:
    usage = SimpleNamespace(free=free * place.MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    check = place.home_check(str(tmp_path))
    assert (check.id, check.status) == ("sdk.home", status)
    assert check.summary.endswith(summary)
    assert check.details == {"CODEX_HOME": str(tmp_path), "free MiB": free}
    assert bool(check.advice) is (status == "warn")


@pytest.mark.parametrize(
    ("status", "verbose", "lines"),
    [
        ("ok", False, ["ok    a.b: fine"]),
        ("ok", True, ["ok    a.b: fine", "      size: 3"]),
        ("warn", False, ["warn  a.b: fine", "      -> do it"]),
        ("warning", False, ["warn  a.b: fine", "      -> do it"]),
        ("fail", False, ["fail  a.b: fine", "      size: 3", "      -> do it"]),
    ],
)
def test_a_check_that_fails_shows_its_details_and_each_that_is_not_well_its_advice(
    terminal: Terminal, status: str, verbose: bool, lines: list[str]
) -> None:
    check = Check("a.b", status, "fine", {"size": 3}, "do it")
    doctor._print(check, Namespace(verbose=verbose), terminal)
    assert said(terminal).splitlines() == lines


@pytest.mark.parametrize(
    ("stdout", "writes", "status", "summary"),
    [
        ("probe\n", False, "ok", "a command ran in it and could not write"),
        ("", False, "fail", "a command does not run in it"),
        ("probe\n", True, "fail", "a read-only command could write"),
    ],
)
def test_a_sandbox_is_well_where_a_command_runs_in_it_and_cannot_write(
    stdout: str, writes: bool, status: str, summary: str
) -> None:
    def call(method: Any, params: dict[str, Any]) -> Any:
        if writes:
            (Path(params["cwd"]) / "probe").write_text("")
        assert params["sandboxPolicy"] == {"type": "readOnly"}
        return SimpleNamespace(exit_code=1, stdout=stdout, stderr="x" * 400)

    check = sandbox_check(SimpleNamespace(call=call))
    assert (check.id, check.status, check.summary) == ("sdk.sandbox", status, summary)
    assert check.details == {"exit code": 1, "stderr": "x" * 300}


@pytest.mark.parametrize(
    ("account", "needs_login", "status", "summary"),
    [
        (SimpleNamespace(type="apiKey"), True, "ok", "logged in: apiKey"),
        (None, False, "ok", "the model provider needs no login"),
        (None, True, "fail", "nobody is logged in"),
    ],
)
def test_a_login_is_well_where_there_is_one_or_none_is_needed(
    account: Any, needs_login: bool, status: str, summary: str
) -> None:
    known = SimpleNamespace(account=account, requires_openai_auth=needs_login)
    check = account_check(SimpleNamespace(account=lambda: known))
    assert (check.id, check.status, check.summary) == ("sdk.account", status, summary)


# --- what is told --------------------------------------------------------------------------------


def count(total: int) -> bytes:
    info = {"total_token_usage": {"total_tokens": total, "note": "x"}}
    return json.dumps({"payload": {"type": "token_count", "info": info}}).encode() + b"\n"


def test_the_tokens_of_a_thread_are_the_last_that_its_file_tells(tmp_path: Path) -> None:
    path = tmp_path / "rollout.jsonl"
    broken = b'{"payload": {"type": "token_count", "info": null}}\n{"type": "token_count"\n'
    path.write_bytes(count(1) + count(2) + broken)
    assert tokens_of(str(path)) == {"total_tokens": 2}
    path.write_bytes(count(1) + b"x" * TAIL)
    assert tokens_of(str(path)) is None
    assert tokens_of(str(tmp_path / "none")) is None
    assert tokens_of(None) is None


class Threads:
    """A client that has these threads, a page for each list."""

    def __init__(self, *pages: list[Any]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, Any]] = []

    def call(self, method: Any, params: dict[str, Any]) -> Any:
        self.asked.append(dict(params))
        cursor = params.get("cursor", 0)
        rest = cursor + 1 if cursor + 1 < len(self.pages) else None
        return SimpleNamespace(data=self.pages[cursor], next_cursor=rest)


def test_a_search_tells_each_thread_once_and_is_done_though_it_finds_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hit(ident: str) -> Any:
        return SimpleNamespace(
            thread=SimpleNamespace(id=ident, updated_at=0), snippet=f"in {ident}"
        )

    options = Namespace(term="x", all=True, limit=20, json=False)
    found: list[Threads] = []

    def search(*pages: list[Any]) -> int:
        found.append(Threads(*pages))
        monkeypatch.setattr(listing, "client", lambda _: nullcontext(found[-1]))
        return listing.search_threads(options, terminal)

    assert search([hit("a"), hit("b")], [hit("a"), hit("c")]) == exits.DONE == 0
    assert [line.split()[-1] for line in said(terminal).splitlines()] == ["WHAT", "a", "b", "c"]
    assert noted(terminal) == ""
    assert search([]) == exits.DONE
    assert noted(terminal) == "nothing found\n"
    usual = {"searchTerm": "x", "limit": 100, "sortKey": "updated_at"}
    assert found[0].asked == [usual, {**usual, "cursor": 1}]
    options.all, options.limit = False, 1
    assert search([hit("a"), hit("b")]) == exits.DONE
    assert (found[-1].asked[0]["limit"], said(terminal).count("in a")) == (1, 2)
    assert said(terminal).count("in b") == 1


@pytest.mark.parametrize("options", [{}, {"archived": False}, {"archived": True}])
def test_the_threads_that_are_meant_are_found_once_each_and_last_among_those_asked_for(
    options: dict[str, bool],
) -> None:
    asked: list[dict[str, Any]] = []

    def thread_list(**params: Any) -> Any:
        asked.append(params)
        return SimpleNamespace(data=[SimpleNamespace(id=WHOLE_ID)])

    codex = SimpleNamespace(thread_list=thread_list)
    other = WHOLE_ID.replace("01999999", "01999998")
    assert threads._idents(codex, ["last", other, WHOLE_ID], **options) == [WHOLE_ID, other]
    (params,) = asked
    assert params["archived"] is (True if options.get("archived") else None)
    assert params["limit"] == 1


@pytest.mark.parametrize("code", [0, 3])
def test_a_recorded_command_ends_with_its_own_exit_code(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    entry = entry_of("account")
    assert entry is not None
    given: list[Namespace] = []

    def execute(options: Namespace, terminal: Terminal) -> int:
        given.append(options)
        return code

    monkeypatch.setattr(module_of(entry), "execute", execute)
    around: Any = nullcontext
    for is_json, words in ((False, []), (True, []), (False, ["--json"])):
        options = Namespace(command=["account", *words], json=is_json)
        assert run_inner(options, terminal, around) == code
        wants_json = is_json or bool(words)
        assert (given[-1].around, given[-1].json) == (around, wants_json)
        assert terminal.as_json is wants_json


def test_ctrl_c_once_lets_a_batch_finish_and_twice_interrupts_it(terminal: Terminal) -> None:
    steps: list[str] = []
    running: Any = SimpleNamespace(
        drain=lambda: steps.append("drain"), interrupt=lambda: steps.append("interrupt")
    )
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def press(*numbers: int) -> None:
        with batch._signals(running, terminal):
            for number in numbers:
                signal.raise_signal(number)
                await asyncio.sleep(0)

    asyncio.run(press(signal.SIGINT, signal.SIGINT, signal.SIGINT))
    assert steps == ["drain", "interrupt", "interrupt"]
    assert noted(terminal) == "finishing what runs; Ctrl-C again to interrupt it\n"
    steps.clear()
    asyncio.run(press(signal.SIGTERM))
    assert steps == ["interrupt"]
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_a_word_behind_two_dashes_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--", "--json"]) == exits.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: '--json' is no thread id")


def test_each_style_is_its_escape_where_there_is_colour(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal.out = Tty()
    styles = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33}
    for style, number in styles.items():
        assert terminal.styled("x", style) == f"\x1b[{number}mx\x1b[0m"
        assert terminal.styled("x", style, terminal.err) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert terminal.styled("x", "red") == "x"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.styled("x", "red") == "x"


@pytest.mark.parametrize(
    ("stdin", "err", "is_asked"),
    [
        (Tty(), Tty(), True),
        (None, Tty(), False),
        (io.StringIO(), Tty(), False),
        (Tty(), io.StringIO(), False),
    ],
)
def test_a_person_can_be_asked_where_keyboard_and_screen_are_terminals(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    stdin: io.StringIO | None,
    err: io.StringIO,
    is_asked: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    terminal.err = err
    assert terminal.is_interactive is is_asked


@pytest.mark.parametrize(
    ("metavar", "choices", "words"),
    [
        ("ask|deny|rules FILE", (), ("ask", "deny", "rules")),
        ("MODE", ("a", "b"), ("a", "b")),
        ("SECONDS", (), ()),
        ("x1|y", (), ("y",)),
        (None, (), ()),
    ],
)
def test_the_words_of_an_option_are_its_choices_or_those_of_its_name(
    metavar: str | None, choices: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert Flag(("--x",), "", metavar, choices).words == words


@pytest.mark.parametrize(
    ("metavar", "is_file"),
    [("FILE", True), ("DIR", True), ("ID|FILE", True), ("MODULE:TYPE", False), (None, False)],
)
def test_the_name_of_a_value_tells_whether_it_is_a_file(metavar: str | None, is_file: bool) -> None:
    assert Flag(("--x",), "", metavar).is_file is is_file


@pytest.mark.parametrize(
    ("amount", "shown"), [("1.5", "$1.50"), ("1", "$1.00"), ("0.5", "$0.5000"), (None, "")]
)
def test_money_is_shown_in_cents_and_less_of_it_in_more_digits(
    amount: str | None, shown: str
) -> None:
    assert dollars(None if amount is None else Decimal(amount)) == shown
