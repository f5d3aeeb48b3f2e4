"""The reader's test of names: `python -m tests.reader_quiz SEED [SEED…]`.

Prints the list of files of the four packages and twenty random lines for each seed. Somebody who has seen
nothing else says which file each line is in; every miss is a name to mend. `--answers` prints the files.
Imports, docstrings, comments and lines under 25 characters are left out.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from pathlib import Path

import click

from tests.paths import ROOT
from tests.test_names import modules

LINES_A_SEED = 20
MIN_LINE_CHARS = 25


def candidate_lines(path: Path) -> Iterator[str]:
    """Yield the code lines of a module that a reader may be asked about."""
    text = path.read_text(encoding="utf-8")
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and (is_docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            left_out |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if number not in left_out and len(code) >= MIN_LINE_CHARS and not code.startswith("#"):
            yield code


def drawn(seed: int) -> list[tuple[str, str]]:
    """Return twenty (file, line) drawn by a seed over all candidate lines."""
    lines = [
        (path.relative_to(ROOT).as_posix(), line) for path in modules() for line in candidate_lines(path)
    ]
    return random.Random(seed).sample(lines, LINES_A_SEED)


@click.command()
@click.argument("seeds", nargs=-1, type=int, required=True)
@click.option("--answers", is_flag=True, help="Print the files instead of the questions.")
def main(seeds: tuple[int, ...], answers: bool) -> None:
    """Print the questions, or the answers."""
    questions = [question for seed in seeds for question in drawn(seed)]
    if not answers:
        click.echo("\n".join(path.relative_to(ROOT).as_posix() for path in modules()))
        click.echo()
    for number, (path, line) in enumerate(questions, 1):
        click.echo(f"{number}. {path if answers else line}")


if __name__ == "__main__":
    main()
