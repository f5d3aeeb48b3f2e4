"""`congdoan site schema`: the JSON schema of site profiles, for editors."""

from __future__ import annotations

import click

from spiders.profile.site_profile import profile_schema_json


@click.command("schema")
def schema() -> None:
    """Print the JSON schema of profiles, for editors that check TOML while it is typed.

    \b
    Example: congdoan site schema > profile.schema.json
    """
    click.echo(profile_schema_json(), nl=False)
