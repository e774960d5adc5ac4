//! One PostgreSQL session: connect, cancel, notices, error classes, scoped locks.
