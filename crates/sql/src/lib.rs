//! SQL text to statements, as PostgreSQL and psql read it.
