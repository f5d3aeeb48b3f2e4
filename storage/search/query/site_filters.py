"""Resolve the filters `level:` and `platform:` of a query to the keys of the sites they select."""

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

NO_SITE = Filter(FilterKind.SITE, "\uffff")  # no site has this key: matches nothing


def resolve_site_filters(connection: Connection, query: Query) -> Query:
    """Return the query with every `level:` and `platform:` replaced by `site:` filters."""
    if query.root is None:
        return query
    if not any(query_filter.kind in SITE_FILTER_KINDS for query_filter in all_filters(query.root)):
        return query
    return replace(query, root=_resolve_node(connection, query.root))


def _resolve_node(connection: Connection, node: QueryNode) -> QueryNode:
    match node:
        case Filter(kind) if kind in SITE_FILTER_KINDS:
            return _selected_sites(connection, node)
        case AnyOf(nodes):
            return AnyOf(tuple(_resolve_node(connection, child) for child in nodes))
        case AllOf(nodes, excluded):
            return AllOf(
                tuple(_resolve_node(connection, child) for child in nodes),
                tuple(_resolve_node(connection, child) for child in excluded),
            )
        case _:
            return node


def _selected_sites(connection: Connection, site_filter: Filter) -> QueryNode:
    column = sites.c.level if site_filter.kind is FilterKind.LEVEL else sites.c.platform
    value = site_filter.value
    condition = column.startswith(value, autoescape=True) if site_filter.prefix else column == value
    site_keys = connection.scalars(select(sites.c.key).where(condition).order_by(sites.c.key)).all()
    if not site_keys:
        return NO_SITE
    return any_of(tuple(Filter(FilterKind.SITE, key.casefold()) for key in site_keys))
