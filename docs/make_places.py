r"""Make storage/gazetteer/districts.tsv and communes.tsv from the wheels of two packages.

    python docs/make_places.py vietnamadminunits-1.0.4-py3-none-any.whl \
        vietnam_address_converter-1.0.5-py3-none-any.whl

The units come from the first package (MIT). That a commune of today holds a part of a former district is
recorded only where the second package (Apache 2.0) agrees, because each alone mixes up places of one name.
The keys are our own. Run it only to correct the tables: they describe two fixed days.
"""

from __future__ import annotations

import ast
import json
import re
import sqlite3
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from storage.gazetteer.units import PROVINCES, fold_key, read_table  # noqa: E402 - the root must be known first

GAZETTEER = ROOT / "storage" / "gazetteer"
HEAD = "key\tkind\tname\tinto\n"
KINDS = re.compile(r"^(huyện|quận|thị xã|thành phố|xã|phường|đặc khu)\s+", re.IGNORECASE)


def main(wheel: Path, second: Path) -> None:
    """Write both tables, and say how far the two packages agree."""
    with tempfile.TemporaryDirectory() as folder, ZipFile(wheel) as archive:
        stored = archive.extract("vietnamadminunits/data/dataset.db", folder)
        told = json.loads(archive.read("vietnamadminunits/data/converter_2025.json"))
        with sqlite3.connect(stored) as db:
            communes = _communes(db)
            districts = _districts(db)
        db.close()
    heirs, witnessed = _heirs(told), _witnessed(second)
    rows, doubted = [], 0
    for ids, (key, kind, name) in districts.items():
        first = {communes[heir][0] for heir in heirs[ids]}
        into = sorted(first & witnessed[key.partition("/")[0], fold_key(f"{kind} {name}")])
        doubted += len(first) - len(into)
        rows.append((key, kind, name, ",".join(into or sorted(first))))
        if not into:
            sys.stderr.write(f"{key}: the packages agree on no commune; the first is believed: {first}\n")
    sys.stderr.write(f"{doubted} communes of districts left out, on which the packages differ\n")
    _write(GAZETTEER / "districts.tsv", rows)
    _write(GAZETTEER / "communes.tsv", [(*unit, "") for unit in communes.values()])


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    path.write_text(HEAD + "".join("\t".join(row) + "\n" for row in sorted(rows)), encoding="utf-8")


def _province_keys() -> dict[str, str]:
    return {fold_key(unit.name): unit.key for unit in read_table(PROVINCES)}


def _districts(db: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, str, str]]:
    query = "select distinct provinceShort, district, provinceKey, districtKey from admin_units_legacy"
    found = db.execute(query).fetchall()
    provinces = _province_keys()
    names = {row: re.sub(r"\s*\(.*\)$", "", row[1]) for row in found}
    shared = Counter((row[0], _bare(name)) for row, name in names.items())
    units = {}
    for row, name in names.items():
        kind, bare = _kind(name), _bare(name)
        alone = shared[row[0], bare] == 1 or kind == "huyện"
        tail = fold_key(bare if alone and not bare.isdigit() else name)
        units[row[2], row[3]] = (f"{provinces[fold_key(row[0])]}/{tail}", kind, bare)
    return units


def _communes(db: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, str, str]]:
    query = "select provinceShort, ward, provinceKey, wardKey, wardCode from admin_units order by wardCode"
    provinces, taken, units = _province_keys(), Counter[str](), {}
    for province, name, province_key, ward_key, _code in db.execute(query):
        key = f"{provinces[fold_key(province)]}/{fold_key(name)}"
        taken[key] += 1
        tail = f"_{taken[key]}" if taken[key] > 1 else ""
        units[province_key, ward_key] = (key + tail, _kind(name), _bare(name))
    return units


def _heirs(
    told: dict[str, dict[str, dict[str, list[object]]]],
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    heirs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for province, wards in told["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                heirs[tuple(str(old).split("_")[:2])].add((province, ward))  # type: ignore[index]
    for province, olds_of in told["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in olds_of.items():
            heirs[tuple(old.split("_")[:2])] |= {(province, part["newWardKey"]) for part in parts}  # type: ignore[index]
    return heirs


def _witnessed(wheel: Path) -> dict[tuple[str, str], set[str]]:
    """What the second package says: (province of then, folded district with its kind) → commune keys."""
    with ZipFile(wheel) as archive:
        source = archive.read("vietnam_address_converter/data.py").decode()
    literal = source[source.index("json.loads(") + len("json.loads(") : source.rindex(")")]
    rows = json.loads(ast.literal_eval(literal))["mapping"]["rows"]
    provinces, found = _province_keys(), defaultdict[tuple[str, str], set[str]](set)
    for row in rows:
        old, new = row["old"], row["new"]
        here, there = (provinces[_province(side["province_name"])] for side in (old, new))
        found[here, fold_key(old["district_name"])].add(f"{there}/{fold_key(new['ward_name'])}")
    return found


def _province(name: str) -> str:
    bare = fold_key(re.sub(r"^(tỉnh|thành phố|tp\.?)\s+", "", name, flags=re.IGNORECASE))
    return "hue" if bare == "thua_thien_hue" else bare


def _kind(name: str) -> str:
    found = KINDS.match(name)
    if not found:
        raise ValueError(f"{name}: begins with no kind of unit; mend KINDS")
    return found[1].lower()


def _bare(name: str) -> str:
    return KINDS.sub("", name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
