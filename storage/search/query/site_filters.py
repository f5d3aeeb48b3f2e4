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


def _resolve_node(connection: Connection, filtered_node: QueryNode) -> QueryNode:
    match filtered_node:
        case Filter(kind) if kind in SITE_FILTER_KINDS:
            return _selected_sites(connection, filtered_node)
        case AnyOf(nodes):
            return AnyOf(tuple(_resolve_node(connection, filtered_node) for filtered_node in nodes))
        case AllOf(nodes, excluded):
            return AllOf(
                tuple(_resolve_node(connection, filtered_node) for filtered_node in nodes),
                tuple(_resolve_node(connection, filtered_node) for filtered_node in excluded),
            )
        case _:
            return filtered_node


def _selected_sites(connection: Connection, site_filter: Filter) -> QueryNode:
    site_column = sites.c.level if site_filter.kind is FilterKind.LEVEL else sites.c.platform
    site_value = site_filter.value
    site_condition = (
        site_column.startswith(site_value, autoescape=True)
        if site_filter.prefix
        else site_column == site_value
    )
    site_keys = connection.scalars(select(sites.c.key).where(site_condition).order_by(sites.c.key)).all()
    if not site_keys:
        return NO_SITE
    return any_of(tuple(Filter(FilterKind.SITE, key.casefold()) for key in site_keys))
