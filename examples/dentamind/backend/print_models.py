"""Prints the DDL of SQLAlchemy models, for Surefoot to compare with a database or a history.

    python print_models.py app.models:Base app.billing:metadata
    surefoot diff migrations 'cmd:python print_models.py app.models:Base'

Each argument is `module:name`, where the name is a declarative base, a MetaData, SQLModel, a list of these, or a function
without arguments that gives one; or `module` alone, for everything of that kind in it. No database is asked and no driver
is needed: what an engine is made of must not be in the way of importing the models.

SQLAlchemy 1.4 and newer.
"""

import argparse
import importlib
import os
import sys

from sqlalchemy import MetaData, create_mock_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn, CreateTable

ALEMBIC_VERSION = """CREATE TABLE {name} (
    version_num character varying(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""


def renamed_from(thing):
    """The directive for a table or column with `info={"renamed_from": "old_name"}`."""
    old = (thing.info or {}).get("renamed_from")
    return f"-- surefoot: renamed-from {old}\n" if old else ""


@compiles(CreateTable, "postgresql")
def _table(create, compiler, **kw):
    return renamed_from(create.element) + compiler.visit_create_table(create, **kw).lstrip()


@compiles(CreateColumn, "postgresql")
def _column(create, compiler, **kw):
    text = compiler.visit_create_column(create, **kw)
    said = renamed_from(create.element)
    return text and said + ("\t" if said else "") + text


def metadata_of(thing):
    """The MetaData objects in what an argument names."""
    if isinstance(thing, MetaData):
        return [thing]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [metadata for one in thing for metadata in metadata_of(one)]
    metadata = getattr(thing, "metadata", None)
    if isinstance(metadata, MetaData):
        return [metadata]
    return []


def find(argument):
    module_name, _, name = argument.partition(":")
    module = importlib.import_module(module_name)
    if not name:
        found = [metadata for one in vars(module).values() for metadata in metadata_of(one)]
        if not found:
            sys.exit(f"{module_name} has no declarative base and no MetaData")
        return found
    thing = module
    for part in name.split("."):
        if not hasattr(thing, part):
            sys.exit(f"{module_name} has no {name}")
        thing = getattr(thing, part)
    found = metadata_of(thing)
    if not found and callable(thing):
        found = metadata_of(thing())
    if not found:
        sys.exit(f"{argument} is no declarative base and no MetaData")
    return found


def main():
    parser = argparse.ArgumentParser(description="Prints the DDL of SQLAlchemy models.")
    parser.add_argument("models", nargs="+", metavar="MODULE[:NAME]")
    parser.add_argument("--extension", action="append", default=[], help="an extension that the types need")
    parser.add_argument("--sql", action="append", default=[], metavar="FILE", help="what the models cannot say: views, triggers")
    parser.add_argument(
        "--alembic-version",
        nargs="?",
        const="alembic_version",
        metavar="TABLE",
        help="also Alembic's own table, for databases that have it",
    )
    args = parser.parse_args()
    sys.path.insert(0, os.getcwd())

    statements = []

    def take(ddl, *_, **__):
        # Two metadata may both make an enum; that is one type.
        text = (ddl if isinstance(ddl, str) else str(ddl.compile(dialect=engine.dialect))).strip()
        if text not in statements:
            statements.append(text)

    # Named parameters: with others, `%` would be doubled.
    engine = create_mock_engine("postgresql+psycopg2://", take, paramstyle="named")
    found = []
    for argument in args.models:
        found.extend(metadata for metadata in find(argument) if metadata not in found)
    quote = engine.dialect.identifier_preparer.quote
    for extension in args.extension:
        take(f"CREATE EXTENSION IF NOT EXISTS {quote(extension)}")
    schemas = {table.schema for metadata in found for table in metadata.tables.values()}
    schemas |= {metadata.schema for metadata in found}
    schemas |= {
        getattr(column.type, "schema", None)
        for metadata in found
        for table in metadata.tables.values()
        for column in table.columns
    }
    for schema in sorted(schema for schema in schemas if schema and schema != "public"):
        take(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    for metadata in found:
        metadata.create_all(engine, checkfirst=False)
    if args.alembic_version:
        take(ALEMBIC_VERSION.format(name=args.alembic_version))
    for statement in statements:
        print(f"{statement.rstrip(';')};\n")
    for name in args.sql:
        with open(name, encoding="utf-8") as file:
            print(file.read())


if __name__ == "__main__":
    main()
