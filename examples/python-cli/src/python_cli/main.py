"""The commands of python-cli."""

import json
import sys
from importlib.metadata import version

import click
from rich.console import Console
from rich.table import Table


@click.group()
@click.version_option(version("python-cli"), prog_name="python-cli")
def main() -> None:
    """A small command line, packed as one file."""


@main.command()
@click.argument("name")
def greet(name: str) -> None:
    """Greet NAME."""
    Console().print(f"Hello, [bold]{name}[/bold]!")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def args(words: tuple[str, ...]) -> None:
    """Print the arguments that arrived, as JSON."""
    print(json.dumps(sys.argv[2:]))


@main.command(name="exit")
@click.argument("status", type=int)
def exit_with(status: int) -> None:
    """End with STATUS."""
    sys.exit(status)


@main.command()
def table() -> None:
    """Draw a table."""
    drawing = Table(title="Regions of a package")
    drawing.add_column("region")
    drawing.add_column("holds")
    for region, holds in (("launcher", "verifies, unpacks, starts"), ("index", "offsets and signatures"), ("metadata", "what the package is"), ("slots", "its content"), ("trailer", "the index once more")):
        drawing.add_row(region, holds)
    Console().print(drawing)


@main.command(name="info")
def info_command() -> None:
    """Say which Python runs."""
    info()


def info() -> None:
    """Print facts about the interpreter as JSON."""
    facts = {
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "argv0": sys.argv[0],
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "path": sys.path,
        "isolated": bool(sys.flags.isolated),
        "version": version("python-cli"),
    }
    print(json.dumps(facts, indent=2))
