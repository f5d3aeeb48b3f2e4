"""Entry point of `congdoan`, almost without imports: every reader process imports the main module anew."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. Imported here: at the top it cost each reader process seconds."""
    from crawler.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
