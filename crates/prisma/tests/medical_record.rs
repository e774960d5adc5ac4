//! The example project's first migration, which Prisma once wrote, and the schema it stands for.

use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/medical-record").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Statements without comments and white space.
fn statements(sql: &str) -> Vec<String> {
    let mut form = Vec::new();
    surefoot_sql::normalised(sql, &mut |bytes| form.extend_from_slice(bytes));
    String::from_utf8(form).unwrap().split(';').map(str::to_owned).collect()
}

#[test]
fn the_schema_gives_the_first_migration() {
    let files = [("schema.prisma".to_owned(), read("initial/schema.prisma"))];
    let mut schema = surefoot_prisma::parse(&files).unwrap();
    // The migration is older than Prisma's habit of creating `public`.
    assert_eq!(schema.schemas, ["public"]);
    schema.schemas.clear();
    let migration = statements(&read("prisma/migrations/20240215120000_initial_schema/migration.sql"));
    assert_eq!(statements(&schema.to_sql()), migration);
    assert_eq!(migration.iter().filter(|statement| !statement.trim().is_empty()).count(), 35);
}
