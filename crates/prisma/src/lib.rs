//! A `schema.prisma` read natively: the DDL that Prisma Migrate would run for it, and its names.
//!
//! [`parse`] reads the texts of a schema for PostgreSQL and gives a [`Schema`], the tables with
//! their names in the file and in the database, or every problem with its place and its remedy.
//! [`Schema::to_sql`] prints the script that `prisma migrate diff --from-empty` prints.
//! [`renames`] says what changed its name in the database from one schema to another: Prisma
//! drops and creates where `@map` or `@@map` changes, and this is how one knows better.
//!
//! ```
//! let text = r#"
//! datasource db {
//!   provider = "postgresql"
//! }
//!
//! model User {
//!   id    Int    @id @default(autoincrement())
//!   email String @unique @map("e_mail")
//! }
//! "#;
//! let schema = surefoot_prisma::parse(&[("schema.prisma".to_owned(), text.to_owned())]).map_err(|all| all[0].clone())?;
//! assert_eq!(schema.tables[0].columns[1].db_name, "e_mail");
//! assert!(schema.to_sql().contains(r#"CREATE UNIQUE INDEX "User_e_mail_key" ON "User"("e_mail");"#));
//! # Ok::<(), surefoot_prisma::Diagnostic>(())
//! ```
//!
//! Not here: files, the client that Prisma generates, other databases, and the comparison with a
//! database, which needs one.

mod args;
mod ast;
mod build;
mod check;
mod diagnostic;
mod lexer;
mod naming;
mod near;
mod opclass;
mod parser;
mod rename;
mod render;
mod scalar;
mod schema;

pub use diagnostic::{Code, Diagnostic, Note, NoteKind, Place};
pub use opclass::Method;
pub use rename::{Rename, renames};
pub use schema::{
    Column, DbName, Enum, EnumValue, Extension, ForeignKey, Index, IndexColumn, Origin, PrimaryKey, Schema, Table,
};

/// Reads a schema from its files, given as names and texts. Tables come in the order of the files.
///
/// # Errors
///
/// Everything that is wrong, in the order of the texts. Names that cannot be resolved are only
/// looked at when all files could be read.
pub fn parse(files: &[(String, String)]) -> Result<Schema, Vec<Diagnostic>> {
    let mut report = diagnostic::Report::new(files);
    let mut document = ast::Document::default();
    for (file, (_, text)) in files.iter().enumerate() {
        parser::parse(file, text, &mut document, &mut report);
    }
    let mut schema = Schema::default();
    if report.is_clean() {
        let db = check::check(&document, &mut report);
        if report.is_clean() {
            schema = build::build(&db, &mut report);
        }
    }
    schema.notes = report.finish()?;
    Ok(schema)
}
