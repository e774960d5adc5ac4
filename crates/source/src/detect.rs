//! Finding the migrations of a project that has no configuration yet.

/// The folders where teams keep migrations, the usual first.
pub(crate) fn usual_folders() -> impl Iterator<Item = &'static str> {
    USUAL.iter().copied()
}

const USUAL: &[&str] = &[
    "migrations",
    "db/migrations",
    "database/migrations",
    "prisma/migrations",
    "data/postgres/migrations",
    "sql/migrations",
    "sql",
    "db/migrate",
    "migrate",
    "src/main/resources/db/migration",
    "db/migration",
    "backend/migrations",
    "backend/db/migrations",
    "server/migrations",
    "schema/migrations",
    "database",
    "db",
];
