"""Every word by which a known program runs a command: a deny rule finds what is behind it."""

from __future__ import annotations

import shlex

import pytest

from openai_codex.rules import Rules
from openai_codex.rules.suspects import suspects

# Programs, and words behind them that run `rm x`.
RUN = {
    "xterm konsole kitty alacritty gnome-terminal": ("-e rm x", "-x rm x"),
    "eval mosh ssh watch hyperfine": ("h rm x", "-o P='rm x' h"),
    "flock script": ("-c 'rm x' f", "--command='rm x' f", "--command=rm f"),
    "start-stop-daemon": ("-x rm", "-a rm", "--exec rm", "--exec=rm", "--startas=rm"),
    "cmake": ("-E rm x", "-E env rm x", "-E time rm x"),
    "find gfind": ("-exec rm x", ". -execdir rm x", ". -ok rm x", ". -okdir rm x"),
    "fd fdfind": ("-x rm", "-X rm", "--exec rm", "--exec-batch rm"),
    "rr": ("record rm x",),
    "perf": tuple(
        f"{word} rm x" for word in ("stat", "record", "trace", "bench", "mem", "c2c", "lock", "kvm")
    ),
    "docker podman nerdctl lxc incus crictl ctr finch": (
        *("exec c rm x", "run c rm x", "create c rm x", "exec -u me c rm x"),
    ),
    "docker-compose podman-compose": ("exec c rm x", "run c rm x"),
    "kubectl oc k3s microk8s": ("exec c rm x", "run c rm x", "debug c rm x", "rsh c rm x"),
    "machinectl toolbox distrobox apptainer singularity": (
        *("shell c rm x", "run c rm x", "enter c rm x", "exec c rm x"),
    ),
    "npm yarn pnpm bun": (
        *("exec rm x", "x rm x", "dlx rm x", "run rm x", "-c 'rm x'", "--call 'rm x'"),
    ),
    "npx pnpx bunx": ("rm x", "-c 'rm x'", "--call 'rm x'", "--call='rm x'"),
    "nix nix-shell guix": (
        *("run p rm x", "shell p rm x", "develop p rm x", "-c rm x", "p --command rm x"),
        *("--run 'rm x'", "--command 'rm x'"),
    ),
    "uv poetry pipenv pdm hatch rye conda mamba micromamba pixi bundle": ("run rm x", "exec rm x"),
    "direnv asdf mise rbenv pyenv nodenv heroku flatpak snap": (
        *("exec e rm x", "run e rm x", "x e rm x", "run --command=rm e"),
    ),
    "tmux screen": tuple(
        f"{word} 'rm x'"
        for word in (
            *("new", "new-session", "new-window", "neww", "split-window", "splitw", "send"),
            *("send-keys", "respawn-pane", "respawn-window", "run-shell", "run", "if-shell a"),
            *("if a", "pipe-pane", "pipep", "display-popup", "popup", "-dm", "-dmS a", "-X stuff"),
        )
    ),
    "ash bash csh dash fish ksh mksh nu posh rbash runuser sh su tcsh yash zsh": (
        *("-c 'rm x'", "-lc 'rm x'", "--command 'rm x'", "--command='rm x'", "-c'rm x'"),
    ),
    "python pypy ipython": ("-c 'rm x'", "-Ic 'rm x'", "'rm x'"),
    "perl ruby lua luajit osascript": ("-e 'rm x'", "-E 'rm x'", "-ne 'rm x'"),
    "node nodejs": ("-e 'rm x'", "-p 'rm x'", "--eval 'rm x'", "--print 'rm x'", "--print='rm x'"),
    "php": ("-r 'rm x'", "-B 'rm x'", "-R 'rm x'", "-E 'rm x'"),
    "deno": ("eval rm x", "task rm x"),
    "awk gawk mawk nawk original-awk expect jshell": (
        *("'rm x'", "-e 'rm x'", "--source 'rm x'", "--source='rm x'", "-c 'rm x'"),
    ),
    "sed gsed": ("'1e rm x' a", "-e '1e rm x' a", "--expression '1e rm x' a"),
    "rscript r julia ghci elixir erl groovy scala tclsh wish guile racket": (
        *("-e 'rm x'", "--eval 'rm x'", "-eval 'rm x'"),
    ),
    "pwsh powershell cmd": (
        *("-command rm x", "-Command rm x", "-c rm x", "/c rm x", "/C rm x", "/k rm x"),
        *("-command 'rm x'", "-Command 'rm x'", "-c 'rm x'", "/c 'rm x'", "/C 'rm x'", "/k 'rm x'"),
        *("-command '&rm'", "-Command '&rm'", "-c '&rm'", "/c '@rm'", "/C '@rm'", "/k '@rm'"),
    ),
    "emacs emacsclient": ("--eval 'rm x'", "-e 'rm x'", "--execute 'rm x'"),
    "vi vim nvim gvim view ex rvim vimdiff": (
        "-c '!rm x'",
        "--cmd '!rm x'",
        "-S 'rm x'",
        "+'rm x'",
    ),
    "gdb lldb": (
        *("-ex 'rm x'", "-iex 'rm x'", "--eval-command 'rm x'", "-o 'rm x'", "--one-line 'rm x'"),
        *("--args rm x", "-- rm x"),
    ),
    "sqlite sqlite3 psql mysql mariadb duckdb": (
        *("-c 'rm x'", "-cmd 'rm x'", "-e 'rm x'", "--command 'rm x'", "--execute 'rm x'"),
    ),
    "git": (
        *("rebase -x 'rm x'", "grep -O 'rm x'", "rebase --exec 'rm x'", "difftool --extcmd 'rm x'"),
        *("grep --open-files-in-pager 'rm x'", "fetch --upload-pack 'rm x'"),
        *("push --receive-pack 'rm x'", "-c a.pager='rm x'", "--config a.pager='rm x'"),
        *("-c a.editor='rm x'", "-c a.command='rm x'", "-c a.cmd='rm x'", "-c a.helper='rm x'"),
        *("-c a.textconv='rm x'", "-c a.driver='rm x'", "-c filter.a.b='rm x'"),
        *("-c a.program='rm x'", "-c core.askpass='rm x'", "-c a.gitproxy='rm x'"),
        *("filter-branch --tree-filter='rm x'", "filter-branch --env-filter 'rm x'"),
        *("bisect run sh -c 'rm x'", "submodule foreach --recursive rm x"),
    ),
    "tar gtar bsdtar": tuple(
        f"{option}{given} a"
        for option in (
            *("-I", "-F", "--to-command", "--use-compress-program", "--info-script"),
            *("--new-volume-script", "--rsh-command", "--rmt-command", "--checkpoint-action"),
        )
        for given in (" 'rm x'", "='rm x'")
    ),
    "split gsplit": ("--filter 'rm x' a", "--filter='rm x' a"),
    "sort gsort": ("--compress-program 'rm x' a",),
    "rsync": ("-e 'rm x'", "--rsh 'rm x'", "--rsh='rm x'", "--rsync-path 'rm x'"),
    "scp sftp": ("-S 'rm x'", "-o 'rm x'"),
    "man": ("-P 'rm x'", "--pager 'rm x'", "-H 'rm x'", "--html 'rm x'", "--html='rm x'"),
    "zip": ("-TT 'rm x'", "--unzip-command 'rm x'"),
    "rg ag ack": ("--pre 'rm x'", "--pager 'rm x'"),
    "nc ncat netcat": ("-e 'rm x'", "-c 'rm x'", "--exec 'rm x'", "--sh-exec 'rm x'"),
    "vagrant gcloud fly flyctl": ("ssh -c 'rm x'", "ssh -C 'rm x'", "ssh --command 'rm x'"),
    "make gmake": ("--eval '$(shell rm x)'", "-E '$(shell rm x)'", "A='$(shell rm x)'"),
    "sqlite sqlite3 duckdb duckdb1": ("a '.shell rm x'", "a '.system rm x'"),
    "socat": ("- EXEC:'rm x'", "- system:'rm x'", "- Shell:'rm x'", "- EXEC:rm,pty", "EXEC:a,rm -"),
    "less": ("'+!rm x' a",),
    "/lib/ld-linux-x86-64.so.2 /lib/ld-musl-x86_64.so.1 /lib/ld.so.1 qemu-arm": ("rm x",),
}


@pytest.mark.parametrize("programs", RUN)
def test_each_way_to_run_a_command_is_known(programs: str) -> None:
    rules = Rules(deny=["rm"], allow=["*"], ask=print, compound=True)
    missed = [
        f"{program} {words}"
        for program in programs.split()
        for words in RUN[programs]
        if rules.explain(f"{program} {words}", cwd="/repo").outcome != "deny"
    ]
    assert missed == []


# What reads its commands, where no script is given.
READ = (
    "ash bash csh dash fish ksh mksh nu posh rbash runuser sh su tcsh yash zsh"
    " at batch crontab ed python pypy ipython perl ruby lua luajit osascript node nodejs php"
    " rscript r julia ghci elixir erl groovy scala tclsh wish guile racket pwsh powershell cmd"
    " sqlite sqlite3 psql mysql mariadb duckdb"
)


@pytest.mark.parametrize("program", READ.split())
def test_what_an_interpreter_reads_is_searched_with_others_around_it(
    program: str,
) -> None:
    rules = Rules(deny=["rm"], allow=["*"], ask=print, compound=True)
    for text in (f"echo rm x | xargs {program}", f"{program} - a <<< 'rm x'"):
        assert rules.explain(text, cwd="/repo").outcome == "deny"


@pytest.mark.parametrize("program", READ.split())
def test_what_an_interpreter_reads_is_searched(program: str) -> None:
    rules = Rules(deny=["rm"], allow=["*"], ask=print, compound=True)
    assert rules.explain(f"echo rm x | {program}", cwd="/repo").outcome == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "bash --norc 'rm x'",  # a long option has no letters
        "bash -x 'rm x'",
        "php a -x rm",
        "python a -x rm",
        "perl a -x rm",
        "node a -x rm",
        "Rscript a -x rm",
        "git -C rm status",
        "git bisect good rm",
        "git submodule update rm",
        "git foreach rm",
        "git run rm",
        "socat - TCP:rm:1",
        "sqlite3 rm 'select 1'",
        *("node --eval=1 rm", "awk --source=1 rm", "gawk --source 1 rm"),
        *("sed s/rm/x/ a", "gsed s/rm/x/ a", "sed -e s/rm/x/ a", "gsed --expression=s/rm/x/ a"),
        "less rm",
        "command -V rm",
        "command -v rm",
    ],
)
def test_words_that_no_program_runs_are_left_alone(text: str) -> None:
    rules = Rules(deny=["rm"], allow=["*"], ask=print)
    assert rules.explain(text, cwd="/repo").outcome == "allow"


def test_code_is_searched_word_by_word_with_and_without_its_signs() -> None:
    *_, code = suspects("python3 -c '@rm(\"x\"), ! -y'")
    assert (code.words, code.anywhere) == (("@rm", "rm", "x", "!", "-y", "y"), True)


def test_a_command_behind_a_subcommand_is_read_as_one() -> None:
    found = {suspect.words for suspect in suspects("git bisect run sh -c 'rm x'")}
    assert ("rm", "x") in found


@pytest.mark.parametrize(("depth", "outcome"), [(9, "allow"), (10, "deny")])
def test_scripts_in_scripts_are_read_to_a_depth_and_searched_below_it(
    depth: int, outcome: str
) -> None:
    text = "echo rm"
    for _ in range(depth):
        text = shlex.join(["sh", "-c", text])
    rules = Rules(deny=["rm"], allow=["*"], ask=print)
    assert rules.explain(text, cwd="/repo").outcome == outcome


@pytest.mark.parametrize(
    ("options", "text", "outcome"),
    [
        (
            "--bind --bind-try --dev-bind --dev-bind-try --ro-bind --ro-bind-try --symlink --setenv"
            " --file --bind-data --ro-bind-data --chmod --bind-fd --ro-bind-fd",
            "bwrap {} rm rm ls",
            "allow",
        ),
        (
            "--die-with-parent --new-session --clearenv --as-pid-1 --share-net --disable-userns"
            " --assert-userns-disabled --unshare-all",
            "bwrap {} rm x",
            "deny",
        ),
        ("--chdir --tmpfs --proc --dev", "bwrap {} rm ls", "allow"),
        ("--chdir --tmpfs --proc --dev", "bwrap {} a rm x", "deny"),
    ],
)
def test_the_command_in_a_sandbox_begins_behind_its_options(
    options: str, text: str, outcome: str
) -> None:
    rules = Rules(deny=["rm"], allow=["*"], ask=print)
    told = {each: rules.explain(text.format(each), cwd="/repo").outcome for each in options.split()}
    assert set(told.values()) == {outcome}, told
