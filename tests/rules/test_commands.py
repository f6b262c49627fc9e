from __future__ import annotations

import shlex

import pytest

from openai_codex.rules import CommandRule, Rules, command
from tests.rules.asked import CommandQuestion, identity


def outcome(rules: Rules, text: str) -> str:
    wrapped = f"/bin/bash -lc {shlex.quote(text)}"
    verdicts = {
        rules.judge(CommandQuestion(text)).outcome,
        rules.judge(CommandQuestion(wrapped)).outcome,
        rules.judge(CommandQuestion(wrapped, argv=["/bin/bash", "-lc", text])).outcome,
        rules.judge(CommandQuestion(argv=["/bin/zsh", "-c", text])).outcome,
        rules.explain(text, cwd="/repo").outcome,
    }
    assert len(verdicts) == 1, verdicts
    return verdicts.pop()


def asking(**options: object) -> Rules:
    return Rules(ask=print, resolve=identity, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("git status", "git status"),
        ("git status", "git status --short -- 'a file'"),
        (command("git", "status"), "g'i't \"status\""),
        (command("git", "status", exact=True), "git status"),
        ("npm run test:*", "npm run test:unit"),
        ("git log", "git log --format='%h; %s' 2>/dev/null"),
        ("'my tool' x", "'my tool' x"),
        ("/usr/bin/git status", "/usr/bin/git status"),
        ("/usr/bin/* --version", "/usr/bin/git --version"),
        ("git show ../x", "git show ../x"),
        ("cat ../*", "cat ../a"),
        ("*", "anything at all"),
    ],
)
def test_an_allow_rule_is_a_prefix_of_words(rule: str | CommandRule, text: str) -> None:
    assert outcome(asking(allow=[rule]), text) == "allow"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("git status", "git"),
        ("git status", "git stat"),
        ("git status", "git statusx"),
        ("git status", "Git status"),
        ("git status", "git -c core.pager=sh status"),
        ("git status", "'git status'"),
        ("git status", "/usr/bin/git status"),
        ("git status", "./git status"),
        ("git*", "git/evil status"),
        ("/usr/bin/* --version", "/usr/bin/../../tmp/evil --version"),
        ("cat src/*", "cat src/../../etc/passwd"),
        ("tool --out=*", "tool --out=../x"),
        (command("git", "status", exact=True), "git status -s"),
        ("git status", "git status; rm -rf /"),
        ("git status", "git status && rm -rf /"),
        ("git status", "git status || rm"),
        ("git status", "git status | sh"),
        ("git status", "git status\nrm"),
        ("git status", "git status & rm"),
        ("git status", "git status $(rm)"),
        ("git status", "git status `rm`"),
        ("git status", "git status <(rm)"),
        ("git status", "git status > ~/.profile"),
        ("git status", "GIT_DIR=x git status"),
        ("git status", "env git status"),
        ("git status", "sudo git status"),
        ("git status", "bash -c 'bash -c \"git status\"'"),
        ("git status", "/tmp/bash -c 'git status'"),
        ("git status", "git status;git status"),
        ("test", "test -v 'a[$(rm)]'"),
        ("printf", "printf -v 'a[`rm`]' x"),
    ],
)
def test_anything_else_is_asked(rule: str | CommandRule, text: str) -> None:
    assert outcome(asking(allow=[rule]), text) == "ask"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git status && git diff | head -n 3", "allow"),
        ("git status; git diff\ngit status 2>&1", "allow"),
        ("git status && rm x", "ask"),
        ("rm x; git status", "ask"),
        ("cd /tmp; git status", "ask"),
        ("cd /tmp", "allow"),
        ("printf -v PATH /tmp; git status", "ask"),
        ("git status; echo done", "allow"),
        ("git status &&", "ask"),
        ("(git status)", "ask"),
    ],
)
def test_with_compound_every_part_must_be_allowed(text: str, expected: str) -> None:
    allow = ["git status", "git diff", "head", "cd", "printf", "echo"]
    assert outcome(asking(allow=allow, compound=True), text) == expected


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("rm", "rm x"),
        ("rm", "/bin/rm x"),
        ("rm", "./RM.exe x"),
        ("/bin/rm", "/bin/rm x"),
        ("/bin/rm", "/BIN/rm x"),
        ("rm", "ls; rm x"),
        ("rm", "ls | xargs rm"),
        ("rm", "sudo -u me rm x"),
        ("rm", "env A=1 rm x"),
        ("rm", "env -S'rm x'"),
        ("rm", "timeout 5 /bin/rm x"),
        ("rm", "find . -exec rm '{}' \\;"),
        ("rm", "sh -c 'cd / && rm x'"),
        ("rm", "/tmp/bash -c \"sh -c 'rm x'\""),
        ("rm", "python3.11 -c 'import os; os.system(\"rm x\")'"),
        ("rm", "r\\m x"),
        ("rm", "r''m x"),
        ("rm", "ls $(rm x)"),
        ("rm", 'ls "`rm x`"'),
        ("rm", "for f in *; do rm $f; done"),
        ("rm", "A=1 rm x"),
        ("rm", "uv run rm x"),
        ("rm", "poetry run rm x"),
        ("rm", "A='b c' rm x > $OUT"),
        ("rm", "> out rm x"),
        ("rm", "$'rm' x"),
        ("rm", "ls <(rm x)"),
        ("rm", "if true; then rm x; fi"),
        ("rm", "f() { rm x; }; f"),
        ("rm", "ls &\nrm x"),
        ("rm", "ls && \\\n  rm x"),
        ("rm", "bash <<EOF\nrm x\nEOF"),
        ("rm", "'bash' -c $'rm x'"),
        ("env A=1", "env A=1 ls"),
        ("git push --force", "git push --force"),
        ("git push --force", "git -C x push origin main --force"),
        ("git push --force", "sudo git push origin --force"),
        ("git push --for*", "git push --force-with-lease"),
        ("git * --output*", "git log --output=x"),
        (command("git", "push", exact=True), "git push"),
        (command("git", "push", exact=True), "sudo git push"),
        ("sudo", "sudo ls"),
    ],
)
def test_a_deny_rule_finds_what_is_hidden_and_wins(rule: str | CommandRule, text: str) -> None:
    assert outcome(asking(allow=["*"], deny=[rule], compound=True), text) == "deny"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("rm", "git rm x"),
        ("rm", "echo rm"),
        ("rm", "git commit -m 'old; rm x'"),
        ("rm", "rmdir x"),
        ("git push --force", "git push"),
        ("git push --force", "git --force push"),
        (command("git", "push", exact=True), "git push origin"),
    ],
)
def test_a_deny_rule_leaves_words_that_are_not_run(rule: str | CommandRule, text: str) -> None:
    assert outcome(asking(allow=["*"], deny=[rule]), text) == "allow"


def test_text_and_words_must_both_be_allowed() -> None:
    rules = asking(allow=["git status"], deny=["rm"])
    assert (
        rules.judge(CommandQuestion("git status", argv=["git", "status", ";"])).outcome == "allow"
    )
    assert rules.judge(CommandQuestion("git status ; x", ["git", "status"])).outcome == "ask"
    assert rules.judge(CommandQuestion("git status", ["git", "push"])).outcome == "ask"
    assert rules.judge(CommandQuestion("git status", ["rm"])).outcome == "deny"
    assert rules.judge(CommandQuestion("git status", ["bash", "-c", "rm"])).outcome == "deny"


@pytest.mark.parametrize(
    "question",
    [
        CommandQuestion(),
        CommandQuestion(argv=[]),
        CommandQuestion(argv=[""]),
        CommandQuestion(argv=[3]),  # type: ignore[list-item]
        CommandQuestion("git status", argv=[3]),  # type: ignore[list-item]
        CommandQuestion("git status", argv="git status"),  # type: ignore[arg-type]
        CommandQuestion(b"rm", argv=["git", "status"]),  # type: ignore[arg-type]
        CommandQuestion("git status", action="writeStdin"),
        CommandQuestion("git status", additional_permissions={"network": {"enabled": True}}),
        CommandQuestion("git status", network_approval_context={"host": "x"}),
    ],
)
def test_a_question_for_more_than_a_command_is_asked(question: CommandQuestion) -> None:
    assert asking(allow=["git status"]).judge(question).outcome == "ask"


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        ("/repo", "allow"),
        ("/repo/", "allow"),
        ("/repo/sub", "allow"),
        ("/repository", "ask"),
        ("/repo/../etc", "ask"),
        ("repo", "ask"),
        ("/repo/link", "ask"),
        ("/etc", "ask"),
        (None, "ask"),
    ],
)
def test_a_root_holds_the_commands_below_it(cwd: str | None, expected: str) -> None:
    rules = Rules(
        allow=["git status"],
        root="/repo",
        ask=print,
        resolve=lambda path: path.replace("/repo/link", "/etc"),
    )
    assert rules.judge(CommandQuestion("git status", cwd=cwd)).outcome == expected


def test_a_relative_program_runs_in_the_root_alone() -> None:
    rules = asking(allow=["./scripts/test"], root="/repo")
    assert rules.explain("./scripts/test -k x").outcome == "allow"
    assert rules.explain("./scripts/test", cwd="/repo/").outcome == "allow"
    assert rules.explain("./scripts/test", cwd="/repo/sub").outcome == "ask"
    with pytest.raises(ValueError, match=r"command\('./scripts/test'\) depends on .* root="):
        Rules(allow=["./scripts/test"])
    assert Rules(deny=["./scripts/test"]).explain("./scripts/test").rule is not None


def test_a_shell_that_the_caller_names_is_opened() -> None:
    text = "/nix/store/x/bin/bash -c 'git status'"
    assert asking(allow=["git status"]).explain(text).outcome == "ask"
    shells = ["/nix/store/x/bin/bash"]
    assert asking(allow=["git status"], shells=shells).explain(text).outcome == "allow"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("",),
        ("  ",),
        ("git status; rm",),
        ("a && b",),
        ("a|b",),
        ("ls > x",),
        ("(ls)",),
        ("a 'b",),
    ],
)
def test_a_rule_that_is_no_command_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        command(*words)


def test_a_rule_is_shown_as_it_is_written() -> None:
    assert str(command("git status")) == "command('git', 'status')"
    assert str(command("git", exact=True)) == "command('git', exact=True)"
    assert command("echo", "a;b").words == ("echo", "a;b")
    assert command("echo 'a;b' #x").words == ("echo", "a;b", "#x")
