"""The command line: `placement`. Nothing heavy is imported until a command needs it."""

from placement.cli.main import main

__all__ = ["main"]
