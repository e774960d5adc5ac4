//! Procedures that control transactions: `CALL` of one cannot run in a transaction.

use surefoot_sql::{Cursor, ObjectName, string_value, tokens};

/// The procedure a `CALL` statement calls.
pub fn called_procedure(statement: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(statement);
    if !cursor.accept("call") {
        return None;
    }
    cursor.object_name()
}

/// The procedure a `CREATE PROCEDURE` statement creates, when its body holds `COMMIT` or `ROLLBACK`.
pub fn committing_procedure(statement: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(statement);
    if !cursor.accept("create") {
        return None;
    }
    cursor.accept_all(&["or", "replace"]);
    if !cursor.accept("procedure") {
        return None;
    }
    let name = cursor.object_name()?;
    let commits = tokens(statement)
        .filter(|t| t.kind.is_string())
        .filter_map(|t| string_value(&t, statement))
        .any(|body| controls_transactions(&body));
    commits.then_some(name)
}

/// Whether a PL/pgSQL body holds `COMMIT` or `ROLLBACK` outside of strings and comments.
pub fn controls_transactions(body: &str) -> bool {
    tokens(body).any(|t| t.is_word(body, "commit") || t.is_word(body, "rollback"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_procedure_that_commits_is_known_by_its_body() {
        let commits = "CREATE OR REPLACE PROCEDURE app.purge() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; COMMIT; END $$";
        assert_eq!(committing_procedure(commits), Some(ObjectName::qualified("app", "purge")));
        let quiet = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'COMMIT'; -- COMMIT\n END $$";
        assert_eq!(committing_procedure(quiet), None);
        assert_eq!(called_procedure("call app.purge(1)"), Some(ObjectName::qualified("app", "purge")));
        assert_eq!(called_procedure("SELECT 1"), None);
    }
}
