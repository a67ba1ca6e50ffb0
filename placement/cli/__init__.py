"""The command line: `placement`. Nothing heavy is imported until a command needs it."""


def main() -> None:
    """Run the command that the process was started with, and end the process with its exit code."""
    try:
        from placement.cli.main import start
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    start()
