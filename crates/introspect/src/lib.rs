//! The catalog of a database as comparable lines.
