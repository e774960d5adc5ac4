//! Procedures that control transactions: `CALL` of one cannot run in a transaction.

use surefoot_sql::{Cursor, ObjectName, TokenKind, string_value, tokens};

/// The procedure a `CALL` statement calls.
pub fn called_procedure(statement: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(statement);
    if !cursor.accept("call") {
        return None;
    }
    cursor.object_name()
}

/// The procedure a `CREATE PROCEDURE` statement creates, and whether its body holds `COMMIT` or `ROLLBACK`.
pub fn created_procedure(statement: &str) -> Option<(ObjectName, bool)> {
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
    Some((name, commits))
}

/// The procedure a `CREATE PROCEDURE` statement creates, when its body holds `COMMIT` or `ROLLBACK`.
pub fn committing_procedure(statement: &str) -> Option<ObjectName> {
    created_procedure(statement).and_then(|(name, commits)| commits.then_some(name))
}

/// Whether a PL/pgSQL body holds `COMMIT` or `ROLLBACK` outside of strings and comments.
pub fn controls_transactions(body: &str) -> bool {
    tokens(body).any(|t| t.is_word(body, "commit") || t.is_word(body, "rollback"))
}

/// The procedures that a PL/pgSQL body, or a `DO` statement with one, calls.
pub fn calls_in(text: &str) -> Vec<ObjectName> {
    let mut out = Vec::new();
    for token in tokens(text) {
        if token.is_word(text, "call")
            && let Some(name) = text.get(token.end..).and_then(|rest| Cursor::new(rest).object_name())
        {
            out.push(name);
        } else if let Some(body) = string_value(&token, text).filter(|_| token.kind == TokenKind::DollarString) {
            out.extend(calls_in(&body));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_in_bodies() {
        let names = |text: &str| calls_in(text).into_iter().map(|n| n.name).collect::<Vec<_>>();
        assert_eq!(names("BEGIN CALL a(1); -- CALL b()\n PERFORM 'call c()'; call app.d(); END"), ["a", "d"]);
        assert_eq!(names("DO $x$ BEGIN CALL e(); END $x$"), ["e"]);
    }

    #[test]
    fn a_procedure_that_commits_is_known_by_its_body() {
        let commits =
            "CREATE OR REPLACE PROCEDURE app.purge() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; COMMIT; END $$";
        assert_eq!(created_procedure(commits), Some((ObjectName::qualified("app", "purge"), true)));
        let quiet = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'COMMIT'; -- COMMIT\n END $$";
        assert_eq!(created_procedure(quiet), Some((ObjectName::bare("p"), false)));
        assert_eq!(called_procedure("call app.purge(1)"), Some(ObjectName::qualified("app", "purge")));
        assert_eq!(called_procedure("SELECT 1"), None);
    }
}
