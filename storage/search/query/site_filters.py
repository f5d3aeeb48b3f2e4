"""What a query asks of sites - level, platform - said in the keys of the sites it means."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select

from storage.database.schema import sites
from storage.search.query.tree import (
    SITE_FILTER_KINDS,
    AllOf,
    AnyOf,
    Filter,
    FilterKind,
    Query,
    QueryNode,
    all_filters,
    any_of,
)

NO_SITE = Filter(FilterKind.SITE, "\uffff")  # no key of a site: matches nothing


def resolve_site_filters(connection: Connection, query: Query) -> Query:
    """The query with every `level:` and `platform:` as the sites that are of it."""
    if query.root is None or not any(fact.kind in SITE_FILTER_KINDS for fact in all_filters(query.root)):
        return query
    return replace(query, root=_resolved(connection, query.root))


def _resolved(connection: Connection, node: QueryNode) -> QueryNode:
    match node:
        case Filter(kind) if kind in SITE_FILTER_KINDS:
            return _sites(connection, node)
        case AnyOf(nodes):
            return AnyOf(tuple(_resolved(connection, below) for below in nodes))
        case AllOf(nodes, without):
            return AllOf(
                tuple(_resolved(connection, below) for below in nodes),
                tuple(_resolved(connection, below) for below in without),
            )
        case _:
            return node


def _sites(connection: Connection, fact: Filter) -> QueryNode:
    column = sites.c.level if fact.kind is FilterKind.LEVEL else sites.c.platform
    wanted = column.startswith(fact.value, autoescape=True) if fact.prefix else column == fact.value
    keys = connection.scalars(select(sites.c.key).where(wanted).order_by(sites.c.key)).all()
    return any_of(tuple(Filter(FilterKind.SITE, key.casefold()) for key in keys)) if keys else NO_SITE
