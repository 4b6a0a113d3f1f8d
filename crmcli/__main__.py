"""`python -m crmcli` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process and end it with a documented exit code."""
    from crmcli.cli.run import run_process  # noqa: PLC0415 — kept out of `import crmcli`

    sys.exit(run_process(sys.argv[1:]))


if __name__ == "__main__":
    main()
