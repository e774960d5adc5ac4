//! What a statement does to PostgreSQL: transaction rule, locks, loss.
