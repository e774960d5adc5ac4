//! Throw-away PostgreSQL clusters and hermetic commands for tests.
