//! The append-only record in the target database.
