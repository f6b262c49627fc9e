from __future__ import annotations

import shlex
import time

import pytest

from openai_codex.rules import CommandRule, Rules, command
from openai_codex.rules.suspects import suspects
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


# `rm`, run by another program.
HIDDEN = [
    # the rest of its words
    *("prlimit --nofile=5 rm x", "prlimit --nofile 5 rm x", "choom -n 10 -- rm x", "fakeroot rm x"),
    *("setarch x86_64 -R rm x", "linux64 rm x", "perf stat -e x rm x", "perf record -- rm x"),
    *("valgrind --tool=none rm x", "dbus-run-session -- rm x", "nice -n 5 rm x", "nohup rm x"),
    *(
        "ionice -c 3 rm x",
        "chrt -r 5 rm x",
        "taskset 0x1 rm x",
        "flock /tmp/l rm x",
        "rr record rm x",
    ),
    *("flock /tmp/l -c 'rm x'", "chroot /x rm x", "sudo -u me -g us -- rm x", "doas rm x"),
    *("sudo -u me A=1 rm x", "env -u A B=1 rm x", "env -i sh -c 'rm x'", "stdbuf -oL rm x"),
    *("time -p rm x", "gtimeout -k 1 5 rm x", "xargs -0 -I {} rm {}", "xargs -n1 sh -c 'rm x'"),
    *("busybox rm x", "unshare -r rm x", "nsenter -t 1 -m rm x", "systemd-run --user rm x"),
    *(
        "firejail rm x",
        "proxychains4 -q rm x",
        "xvfb-run -a rm x",
        "watch -n 1 'rm x'",
        "watch rm x",
    ),
    *("eval 'rm x'", "eval rm x", "ssh host rm x", "ssh -p 22 host 'cd /; rm x'", "exec -a y rm x"),
    *("/lib64/ld-linux-x86-64.so.2 /bin/rm x", "qemu-x86_64 /bin/rm x", "parallel rm ::: a"),
    *("strace -f -o log rm x", "ltrace rm x", "hyperfine 'rm x'", "script -c 'rm x' log"),
    *("xterm -e rm x", "start-stop-daemon --start --exec /bin/rm -- x", "cmake -E env rm x"),
    # behind a subcommand
    *("docker exec -it c rm x", "docker run --rm -v a:b image rm x", "podman exec c sh -c 'rm x'"),
    *("docker compose exec web rm x", "docker-compose run web rm x", "kubectl exec pod -- rm x"),
    *("kubectl -n ns exec -it pod -c c -- rm x", "kubectl exec pod rm x", "lxc exec c -- rm x"),
    *("npm exec -- rm x", "npm exec rm x", "npm x -c 'rm x'", "npx rm x", "npx -c 'rm x'"),
    *("yarn dlx rm x", "pnpm exec rm x", "nix run p -- rm x", "nix develop -c rm x"),
    *("nix shell p --command rm x", "nix-shell --run 'rm x'", "tmux new-session -d 'rm x'"),
    *("tmux send-keys -t 1 'rm x' Enter", "tmux run-shell 'rm x'", "screen -dmS a rm x"),
    *("conda run -n env rm x", "direnv exec . rm x", "bundle exec rm x", "uv run -q rm x"),
    *("flatpak run --command=rm app", "vagrant ssh -c 'rm x'", "singularity exec i.sif rm x"),
    # interpreters
    *("nodejs -e 'exec(\"rm x\")'", "node --eval=exec('rm')", "mawk 'BEGIN{system(\"rm x\")}'"),
    *("awk 'BEGIN { \"rm x\" | getline }'", "perl -ne 'system(\"rm x\")'", "ruby -e '`rm x`'"),
    *(
        "python -c 'import os; os.system(\"rm x\")'",
        "python3 -Ic 'run([\"rm\"])'",
        "bash -xc 'rm x'",
    ),
    *("php -r 'exec(\"rm x\");'", "lua -e 'os.execute(\"rm x\")'", "Rscript -e 'system(\"rm x\")'"),
    *("pwsh -Command 'rm x'", "cmd /c rm x", "osascript -e 'do shell script \"rm x\"'"),
    *("sh -c '\"$@\"' _ rm x", "fish -c 'rm x'", "su me -c 'rm x'", "runuser -u me -c 'rm x'"),
    # what a shell or an interpreter reads
    *("echo 'rm x' | sh", "printf 'rm x' | sudo bash", "bash <<< 'rm x'", "sh -s <<'E'\nrm x\nE"),
    *(
        "echo rm x | bash -s",
        "echo 'import os; os.system(\"rm x\")' | python -",
        "echo rm x | at now",
    ),
    *(
        "echo rm x | docker exec -i c sh",
        "echo rm | xargs -I% sh -c '% x'",
        "cat <<E | sh\nrm x\nE",
    ),
    # options and words whose value is a command
    *("git -c alias.x='!rm x' x", "git -c core.pager='rm x' log", "git rebase -x 'rm x' main"),
    *("git rebase --exec='rm x'", "git grep -Orm x", "git grep --open-files-in-pager=rm x"),
    *("git bisect run rm x", "git submodule foreach 'rm x'", "git config alias.x '!rm x'"),
    *(
        "git filter-branch --tree-filter 'rm x'",
        "git difftool -x 'rm x'",
        "git fetch --upload-pack=rm",
    ),
    *("git -c core.sshCommand='rm x' fetch", "git -c core.editor=rm commit"),
    *("tar --to-command=rm -xf a", "tar --checkpoint-action=exec=rm -cf a b", "tar -I rm -cf a b"),
    *(
        "split --filter='rm $FILE' a",
        "sed '1e rm x' a",
        "sed -e 's/a/rm x/e' a",
        "sed --expression='e rm' a",
    ),
    *("vim -c '!rm x' a", "vim +'!rm x'", "ex --cmd 'call system(\"rm x\")'", "less '+!rm x' a"),
    *(
        "make X='$(shell rm x)'",
        "make --eval='$(shell rm x)'",
        "rsync -e 'rm x' a b:c",
        "man -P 'rm x' ls",
    ),
    *("ssh -o ProxyCommand='rm x' host", "sort --compress-program=rm a", "zip -TT 'rm x' a b"),
    *("socat - EXEC:'rm x'", "nc -e /bin/rm host 1", "gdb -ex 'shell rm x'", "gdb --args rm x"),
    *(
        "sqlite3 a '.shell rm x'",
        "psql -c '\\! rm x'",
        "emacs --batch --eval '(shell-command \"rm x\")'",
    ),
    *("find . -type f -execdir rm {} +", "find . -ok rm {} \\;", "fd -x rm", "rg --pre rm x"),
    # within one another
    *("sudo env A=1 timeout 5 nice sh -c 'ls && xargs rm'", "sh -c 'sh -c \"sh -c rm\"'"),
]

# `rm`, which is a word of others.
NOT_RUN = [
    *(
        "find . -name rm",
        "find rm -type f",
        "pytest -k 'not rm'",
        "timeout 5 pytest -k rm",
        "fd rm",
    ),
    *(
        "docker rm c",
        "docker run --rm image ls",
        "docker build -t rm .",
        "kubectl get rm",
        "npm rm x",
    ),
    *(
        "git log --grep rm",
        "git log --author='rm x'",
        "git checkout rm",
        "git clean -xdf",
        "make rm",
    ),
    *(
        "sed 's/rm/x/' a",
        "sed -n '/rm/p' a",
        "sed -e 's/the/rm/g' a",
        "awk '/rmdir/' a",
        "grep rm a",
    ),
    *(
        "command -v rm",
        "which rm",
        "man rm",
        "python tool.py rm",
        "node tool.js rm",
        "bash tool.sh rm",
    ),
    *(
        "tar -xf rm",
        "tar -cf a rm",
        "split -l 5 rm",
        "rsync -a rm b:rm",
        "vim rm",
        "less rm",
        "ssh-add rm",
    ),
    *(
        "tmux kill-session -t rm",
        "sudo -u me ls rm",
        "env A=rm ls rm",
        "nice -n 5 ls rm",
        "xargs ls rm",
    ),
    *("uv add rm", "npm run build rm", "conda install rm", "perf report rm", "sort rm", "cat rm"),
    *("sh -c 'echo rm'", "bash -c 'git commit -m \"rm\"'", "python -m pytest -k rm", "echo 'rm x'"),
]


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
        *(("rm", text) for text in HIDDEN),
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
        *(("rm", text) for text in NOT_RUN),
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
        CommandQuestion("git status", environment="box"),
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


@pytest.mark.parametrize(
    "text",
    [
        "env -a " * 5_000 + "rm y",
        "env -a x " * 60 + "rm y",
        "sudo " * 5_000 + "rm y",
        "sudo " * 300 + "rm y",
        "sudo " + "rm " * 5_000 + "rm y",
        "eval eval " * 100 + "rm y",
        "a | sh; " * 1_000 + "rm y",
        "xargs sh -c 'echo' " * 50 + "rm y",
        "tmux send-keys " + "a " * 5_000 + "rm y",
        "git " + "bisect run " * 100 + "rm y",
        "perl -" + "e" * 20_000 + " rm",
        "sed '" + "e;" * 20_000 + "e rm'",
        "sed '" + "\n" * 20_000 + "e rm'",
        "sed '" + ";1 " * 9_000 + "; e rm'",
        ("cat " + ">a" * 900 + "\n") * 200 + "cat <<E\nE\nrm",
        "cat > f <<E\n" + "x\n" * 20_000 + "E\nrm y",
        "sh -c '" * 1_000 + "rm y",
    ],
    ids=lambda text: text[:18],
)
def test_a_long_text_is_judged_soon_and_hides_nothing(text: str) -> None:
    begin = time.process_time()
    found = list(suspects(text))
    assert any(map(command("rm").denies, found))
    assert not any(map(command("rm", "--never").denies, found))
    assert time.process_time() - begin < 5
