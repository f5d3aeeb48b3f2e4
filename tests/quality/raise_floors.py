"""`python -m tests.quality.raise_floors` (`make floors`): pin what the reader reaches, where better."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from tests.quality.floors import (
    FILE,
    Fall,
    Figures,
    Floors,
    fallen,
    load,
    measure,
    raised,
    read_all,
    risen,
    sample,
    save,
)


def lower(floors: Floors, figures: Figures, field: str, reason: str) -> Floors:
    """One floor set to what is reached now, with its reason; raises ValueError where that is not below it."""
    family, _, name = field.rpartition(".")
    floor, value = floors.figures.get(family, {}).get(name), figures.get(family, {}).get(name)
    if floor is None:
        raise ValueError(f"no floor called {field}: say FAMILY.FIELD, as in {FILE.name}")
    if not fallen({family: {name: floor}}, figures):
        raise ValueError(f"{field} is {value}, not below its floor {floor}: nothing to lower")
    kept = {key: dict(fields) for key, fields in floors.figures.items()}
    if value is None:
        del kept[family][name]  # the sample has no such page any more
    else:
        kept[family][name] = value
    fall = Fall(field, floor, -1.0 if value is None else value, reason, datetime.now(UTC).date())
    return Floors(kept, (*floors.lowered, fall))


@click.command()
@click.option("--lower", "fields", multiple=True, help="Let the floor FAMILY.FIELD fall (may be repeated).")
@click.option("--reason", default="", help="Why it may fall; kept in the file.")
@click.option("--file", "path", type=click.Path(path_type=Path), default=FILE, help="The floors' file.")
def main(fields: tuple[str, ...], reason: str, path: Path) -> None:
    """Raise every floor the reader is above; exit code 1 where it is below one."""
    if fields and len(reason.split()) < 3:
        raise click.UsageError('a floor falls only with a reason: --reason "at least three words"')
    pages = sample()
    figures = measure(pages, read_all(pages))
    floors = load(path)
    try:
        for field in fields:
            floors = lower(floors, figures, field, reason)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    lines = risen(floors.figures, figures)
    save(Floors(raised(floors.figures, figures), floors.lowered), path)
    click.echo("\n".join([f"{len(lines)} raised", *lines]))
    if below := fallen(floors.figures, figures):
        click.echo("\n".join(["below their floors, which stay as they are:", *below]), err=True)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
