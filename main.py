"""Wires everything: the command line, the settings, and the roles of a process."""

import typer

cli = typer.Typer(no_args_is_help=True, add_completion=False)


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo("0.1.0")


@cli.callback()
def _root() -> None:
    """Giao Ước keeps a covenant alive between its signing and its review."""
