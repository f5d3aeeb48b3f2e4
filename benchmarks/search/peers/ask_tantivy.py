"""tantivy: its default tokeniser, query parser and BM25 over title and body."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import tantivy


def _built(articles: list[list[str]]) -> tantivy.Index:
    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("number", stored=True)
    for name in ("title", "body"):
        schema.add_text_field(name)
    index = tantivy.Index(schema.build())
    writer = index.writer(128_000_000, 1)
    for number, (title, body) in enumerate(articles):
        writer.add_document(tantivy.Document(number=number, title=title, body=body))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def _asked(index: tantivy.Index, query: str) -> list[int]:
    parsed, _ = index.parse_query_lenient(query, ["title", "body"])
    searcher = index.searcher()
    return [searcher.doc(place)["number"][0] for _, place in searcher.search(parsed, 10).hits]


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    index = _built(told["articles"])
    found = [_asked(index, query) for query in told["queries"]]
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
