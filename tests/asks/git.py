"""Folders before and after a change, and `git apply`, which must lead from one to the other."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

FILES = {
    "lines.txt": b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n",
    "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
    "open.txt": b"one\ntwo\nthree",
    "odd.txt": b"a\x0cb\n\xe2\x80\xa8c\xc2\x85\n  d  \n\x0be\n\n\n",
    "returns.txt": b"one\rx\ntwo\nthree\nfour\nfive\nsix\n",
    "end.txt": b"one\rx\ntwo\x0c\xe2\x80\xa8y  \nthree\n",
    "many.txt": b"a\rb\nc\r\nd\ne\rf\rg\nh\ri\rj\nk\nl\rm\rn\ro",
    "empty.txt": b"",
    'it\'s \xc3\xbc "q".txt'.encode("latin-1").decode("utf-8"): b"one\n",
    "back\\slash.txt": b"one\n",
}

# The body of a patch, by what is special about it.
PATCHES = {
    "add": "*** Add File: new.txt\n+one\n+two  \n+\n+\ttabs\t\n",
    "add an empty file": "*** Add File: new.txt\n",
    "add in folders of odd names": '*** Add File: a b/"c" \xe9/ d.txt\n+one\n',
    "add odd lines": "*** Add File: new.txt\n+a\rb\n+c\x0cd\u2028e\x85\x0bf  \n+\x1c\n",
    "add over a file": "*** Add File: lines.txt\n+new\n",
    "delete": "*** Delete File: lines.txt\n",
    "delete an empty file": "*** Delete File: empty.txt\n",
    "delete a file without a newline at its end": "*** Delete File: open.txt\n",
    "delete odd lines": "*** Delete File: odd.txt\n*** Delete File: crlf.txt\n",
    "delete lone returns": "*** Delete File: returns.txt\n",
    "update": "*** Update File: lines.txt\n@@\n-two\n+TWO\n@@\n-eight\n+EIGHT\n+8  \n",
    "update CRLF": "*** Update File: crlf.txt\n@@\n-two\n+TWO\n",
    "update what ends without a newline": "*** Update File: open.txt\n@@\n-one\n+ONE\n",
    "update the last line, which has no newline": "*** Update File: open.txt\n@@\n-three\n+3\n",
    "update odd lines": "*** Update File: odd.txt\n@@\n-  d  \n+ D \n",
    "update far from a lone return": "*** Update File: returns.txt\n@@\n-five\n+FIVE\n",
    "update near a lone return": "*** Update File: returns.txt\n@@\n-four\n+FOUR\n",
    "update beside a lone return": "*** Update File: returns.txt\n@@\n-two\n+TWO\n",
    "update lines with lone returns": "*** Update File: returns.txt\n@@\n-one\n+ONE\n",
    "update before many lone returns": "*** Update File: many.txt\n@@\n-d\n+D\n@@\n-k\n+K\n",
    "update up to the end with a lone return": "*** Update File: end.txt\n@@\n-three\n+3\n",
    "empty a file": '*** Update File: it\'s \xfc "q".txt\n@@\n-one\n',
    "fill an empty file": "*** Update File: empty.txt\n@@\n+one\n",
    "rename": "*** Update File: lines.txt\n*** Move to: a b/c.txt\n@@\n-one\n+1\n",
    "rename alone": "*** Update File: lines.txt\n*** Move to: sub/b.txt\n@@\n one\n",
    "update a name with a backslash": "*** Update File: back\\slash.txt\n@@\n-one\n+1\n",
    "many files": "*** Delete File: open.txt\n*** Add File: z\n+1\n*** Update File: crlf.txt\n"
    "@@\n-one\n+1\n*** Update File: lines.txt\n*** Move to: y\n@@\n-nine\n+9\n",
}


def by_chance(seed: int) -> tuple[dict[str, bytes], str]:
    """Return files whose lines are made by chance, and a patch that changes one line of each."""
    chance = random.Random(seed)
    marks = [
        "a",
        "bc",
        " ",
        "\t",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\x0c",
        "\x0b",
        "\u2028",
        "\x85",
        "+",
        "-",
        "@@ ",
        "\\",
    ]
    files, parts = {}, []
    for number in range(12):
        before = "".join(chance.choices(marks, k=chance.randrange(30)))
        after = "".join(chance.choices(marks, k=chance.randrange(30)))
        files[f"{number}.txt"] = f"{before}\nMARK {number}\n{after}".encode()
        parts.append(f"*** Update File: {number}.txt\n@@\n-MARK {number}\n+made  \n")
        # At the end of an added line the runtime drops returns, as many as it likes.
        added = "".join(chance.choices([m for m in marks if "\n" not in m], k=9)).rstrip("\r")
        parts.append(f"*** Add File: new {number}.txt\n+{added}\n")
    return files, "".join(parts)


def fill(folder: Path, files: dict[str, bytes] = FILES) -> None:
    """Write the files."""
    (folder / 'a b/"c" é').mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def applied(diff: str, folder: Path, files: dict[str, bytes] = FILES) -> dict[str, bytes]:
    """Return the files that `git apply` makes of those that `fill` wrote."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    fill(folder, files)
    command = ["git", "apply", "-"]
    done = subprocess.run(
        command, input=diff.encode(), cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr.decode()}\n{diff!a}"
    return contents(folder)
