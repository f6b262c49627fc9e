"""Which programs run other commands, and by which of their words. Data alone."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROGRAMS", "Runs"]


@dataclass(frozen=True, slots=True)
class Runs:
    """How a program runs commands; a program may do so in several ways.

    `rest`: the words behind so many operands are a command. `after`: only behind one of these
    subcommands. `starts`: options whose following words are a command. `options`: options whose
    value is code; `letters`: the same in one letter, also among others (`-lc`). `first`: the first
    operand is code. `is_shell`: its code is a shell's. `joins`: its words make one script.
    `reads`: it runs what it reads where it is given no script.
    """

    rest: int | None = None
    after: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    letters: str = ""
    first: bool = False
    is_shell: bool = False
    joins: bool = False
    reads: bool = False


def _each(names: str, runs: Runs) -> dict[str, Runs]:
    return dict.fromkeys(names.split(), runs)


def _code(*options: str) -> Runs:
    """Return how a program runs the values of some options as a shell does."""
    return Runs(options=options, is_shell=True)


_EVAL = ("-e", "--eval", "-eval")

PROGRAMS: dict[str, Runs] = {
    # the rest of their words
    **_each(
        "- abduco aoss arch builtin busybox caffeinate catchsegv cgexec chronic chrt command"
        " coproc cpulimit cross-env daemonize dbus-launch dbus-run-session doas dtach"
        " dumb-init eatmydata entr exec extrace fab fakechroot fakeroot firejail flatpak-spawn"
        " gosu heaptrack i386 ifne ionice linux32"
        " linux64 logsave ltrace mpiexec mpirun newgrp nice nocorrect noglob nohup nq nsenter"
        " numactl numad padsp parallel pipx pkexec proot proxychains repeat"
        " run-one runcon salloc sandbox-exec schedtool setpriv setsid sg softlimit srun"
        " sshpass start stdbuf strace sudo systemd-cat systemd-inhibit systemd-nspawn systemd-run"
        " task-spooler time tini torify torsocks toybox trap ts tsocks tsp unbuffer unshare uvx"
        " valgrind watchexec winpty wine with-contenv wsl x86_64 xargs xvfb-run",
        Runs(rest=0),
    ),
    **_each(
        "chroot chpst envchain envdir faketime gtimeout lckdo s6-setuidgid setuidgid taskset"
        " timeout",
        Runs(rest=1),
    ),
    "dotenv": Runs(rest=1),
    "env": Runs(rest=0, letters="S", options=("--split-string",), is_shell=True),
    **_each(". source", Runs(rest=0, reads=True)),
    "runuser": Runs(
        rest=0, letters="c", options=("--command", "--session-command"), is_shell=True, reads=True
    ),
    "bwrap": Runs(),
    **_each("choom prlimit setarch", Runs(rest=1)),
    **_each("xterm konsole kitty alacritty gnome-terminal", Runs(rest=1, starts=("-e", "-x"))),
    **_each(
        "autossh clush eval hyperfine mosh parallel-ssh pdsh pssh ssh watch",
        Runs(rest=1, joins=True, options=("-o",)),
    ),
    "flock": Runs(rest=1, letters="c", options=("--command",), is_shell=True),
    "script": Runs(rest=0, letters="c", options=("--command",), is_shell=True),
    "start-stop-daemon": Runs(rest=0, options=("-x", "-a", "--exec", "--startas")),
    "cmake": Runs(starts=("-E", "env", "time")),
    **_each("find gfind", Runs(starts=("-exec", "-execdir", "-ok", "-okdir"))),
    **_each("fd fdfind", Runs(starts=("-x", "-X", "--exec", "--exec-batch"))),
    # the rest of their words, behind a subcommand
    "rr": Runs(rest=0, after=("record",)),
    "perf": Runs(rest=0, after=("stat", "record", "trace", "bench", "mem", "c2c", "lock", "kvm")),
    "ctr": Runs(rest=2, after=("exec", "run", "create")),
    **_each(
        "docker podman nerdctl lxc incus crictl finch buildah crun runc",
        Runs(rest=1, after=("exec", "run", "create")),
    ),
    **_each("docker-compose podman-compose", Runs(rest=1, after=("exec", "run"))),
    "ip": Runs(rest=1, after=("exec",)),
    "salt": Runs(rest=0, after=("cmd.run", "cmd.shell", "cmd.run_all")),
    "cargo": Runs(
        rest=0, after=("watch",), options=("-s", "-x", "--shell", "--exec"), is_shell=True
    ),
    "bazel": _code("--run_under"),
    **_each(
        "pueue zellij foreman honcho op doppler infisical teller",
        Runs(rest=0, after=("add", "run")),
    ),
    **_each(
        "aws-vault chamber cronitor sops", Runs(rest=1, after=("exec", "exec-env", "exec-file"))
    ),
    **_each("kubectl oc k3s microk8s", Runs(rest=1, after=("exec", "run", "debug", "rsh"))),
    **_each(
        "machinectl toolbox distrobox apptainer singularity",
        Runs(rest=1, after=("shell", "run", "enter", "exec")),
    ),
    **_each(
        "npm yarn pnpm",
        Runs(rest=0, after=("exec", "x", "dlx", "run"), options=("-c", "--call"), is_shell=True),
    ),
    "bun": Runs(
        rest=0,
        after=("exec", "x", "dlx", "run"),
        options=("-e", "--eval", "-p", "--print", "-c", "--call"),
        letters="ep",
    ),
    **_each("npx pnpx bunx", Runs(rest=0, options=("-c", "--call"), is_shell=True)),
    **_each(
        "nix nix-shell guix",
        Runs(
            rest=1,
            after=("run", "shell", "develop"),
            starts=("-c", "--command"),
            options=("--run", "--command"),
            is_shell=True,
        ),
    ),
    **_each(
        "uv poetry pipenv pdm hatch rye conda mamba micromamba pixi bundle",
        Runs(rest=0, after=("run", "exec")),
    ),
    **_each(
        "direnv asdf mise rbenv pyenv nodenv heroku flatpak snap",
        Runs(rest=1, after=("exec", "run", "x"), options=("--command",)),
    ),
    **_each(
        "tmux screen",
        Runs(
            rest=9,
            joins=True,
            after=(
                *("new", "new-session", "new-window", "neww", "split-window", "splitw", "send"),
                *("send-keys", "respawn-pane", "respawn-window", "run-shell", "run", "if-shell"),
                *("if", "pipe-pane", "pipep", "display-popup", "popup", "-dm", "-dmS", "stuff"),
            ),
        ),
    ),
    # shells and interpreters
    **_each(
        "ash bash capsh csh dash elvish fish ksh mksh nu oil osh posh rbash sh su tcsh xonsh yash"
        " ysh zsh",
        Runs(letters="c", options=("--command", "--session-command"), is_shell=True, reads=True),
    ),
    **_each("at batch bc crontab dc ed ftp lftp m4 tftp", Runs(reads=True)),
    **_each("python pypy ipython", Runs(letters="c", first=True, reads=True)),
    **_each("perl ruby lua luajit osascript", Runs(letters="eE", first=True, reads=True)),
    **_each(
        "node nodejs ts-node tsx",
        Runs(letters="ep", options=("--eval", "--print"), first=True, reads=True),
    ),
    "php": Runs(letters="rBRE", first=True, reads=True),
    "deno": Runs(rest=0, after=("eval", "task")),
    **_each(
        "awk gawk mawk nawk original-awk expect jshell",
        Runs(options=("-e", "--source", "-c"), first=True),
    ),
    **_each("sed gsed", Runs(options=("-e", "--expression"), first=True)),
    **_each(
        "rscript r julia ghc ghci elixir erl groovy scala tclsh wish guile racket octave gnuplot"
        " sbcl clojure clj bb jrunscript crystal rust-script",
        Runs(letters="e", options=_EVAL, first=True, reads=True),
    ),
    **_each(
        "pwsh powershell cmd",
        Runs(options=("-command", "-Command", "-c", "/c", "/C", "/k"), rest=0, reads=True),
    ),
    **_each("emacs emacsclient", Runs(options=("--eval", "-e", "--execute"))),
    **_each("vi vim nvim gvim view ex rvim vimdiff", Runs(options=("-c", "--cmd", "-S"))),
    **_each(
        "gdb lldb",
        Runs(
            options=("-ex", "-iex", "--eval-command", "-o", "--one-line"),
            starts=("--args", "--"),
            reads=True,
        ),
    ),
    **_each(
        "sqlite psql mysql mariadb duckdb",
        Runs(options=("-c", "-cmd", "-e", "--command", "--execute"), reads=True),
    ),
    # options of others whose value is a command
    "git": _code(
        *("-x", "-O", "--exec", "--extcmd", "--open-files-in-pager", "--upload-pack"),
        "--receive-pack",
    ),
    **_each(
        "tar gtar bsdtar",
        Runs(
            options=(
                *("-I", "-F", "--to-command", "--checkpoint-action", "--use-compress-program"),
                *("--info-script", "--new-volume-script", "--rsh-command", "--rmt-command"),
            )
        ),
    ),
    **_each("split gsplit", _code("--filter")),
    **_each("sort gsort", _code("--compress-program")),
    "rsync": _code("-e", "--rsh", "--rsync-path"),
    **_each("scp sftp", _code("-S", "-o")),
    "man": _code("-P", "--pager", "-H", "--html"),
    "zip": _code("-TT", "--unzip-command"),
    **_each("rg ag ack", _code("--pre", "--pager")),
    **_each("nc ncat netcat", _code("-e", "-c", "--exec", "--sh-exec")),
    **_each("vagrant gcloud fly flyctl", _code("-c", "-C", "--command")),
    **_each("make gmake", Runs(options=("--eval", "-E"))),
    "aws": Runs(options=("--parameters", "--command", "--commands")),
    "dotnet": Runs(options=("eval",)),
    "open": Runs(starts=("-a", "-b", "--args")),
    "launchctl": Runs(rest=1, after=("submit", "asuser", "bsexec")),
    "gimp": Runs(options=("-b", "--batch")),
    "nodemon": _code("-x", "--exec"),
    "watchmedo": _code("-c", "--command"),
    "ansible": _code("-a", "--args"),
    **_each("complete compgen mapfile readarray", _code("-C")),
    "bind": Runs(options=("-x",)),
    "hash": Runs(options=("-p",)),
    # by words of a form of their own, which `wrappers` knows
    **_each("less socat alias pee mispipe concurrently", Runs()),
}
"""How each program that runs commands does so, by its name without its version (`sqlite3`)."""
