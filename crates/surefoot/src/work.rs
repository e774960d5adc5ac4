//! From a migration on disk to work for the executor.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use surefoot_journal::Recorded;
use surefoot_pg::Session;
use surefoot_plan::{Direction, PlanError, Policy, Replaced, Settings, Work, WorkInput};
use surefoot_source::{Checkpoint, Directives, FileRef, Migration, MigrationSet, Role, sha256_hex};
use surefoot_sql::script::{Script, ScriptError, parse};

use crate::project::ProjectFiles;
use crate::{Error, Project, Result};

/// Turns migrations into work, and collects everything that is wrong with them.
pub(crate) struct Workshop<'a> {
    pub(crate) project: &'a Project,
    pub(crate) set: &'a MigrationSet,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) major: u32,
    /// What is dropped is kept, unless a file or the configuration says otherwise.
    pub(crate) keep: bool,
}

/// Why one migration could not be turned into work.
enum Wrong {
    Script(ScriptError),
    Plan(PlanError),
    Other(Error),
}

impl Workshop<'_> {
    /// Work for all of `migrations`, in order, for a target: the procedures it has already are known too.
    ///
    /// # Errors
    /// As [`Workshop::build_all`], and when the server cannot be asked.
    pub(crate) async fn build_on(
        &self,
        session: &Session,
        migrations: &[(&Migration, Option<&Recorded>)],
        direction: Direction,
    ) -> Result<Vec<Work>> {
        self.build(migrations, direction, procedures(session).await?)
    }

    /// Work for all of `migrations`, in order.
    ///
    /// # Errors
    /// Every script error, else every plan error, else the first other error.
    pub(crate) fn build_all(
        &self,
        migrations: &[(&Migration, Option<&Recorded>)],
        direction: Direction,
    ) -> Result<Vec<Work>> {
        self.build(migrations, direction, Procedures::default())
    }

    /// Work for a checkpoint.
    ///
    /// # Errors
    /// When its file cannot be read or planned, or does not commit as one.
    pub(crate) fn build_checkpoint(&self, checkpoint: &Checkpoint) -> Result<Work> {
        let mut texts = Vec::new();
        let done = self.script(&checkpoint.file, &mut texts).and_then(|script| {
            let statements = statements_hash(&script);
            let replaces: Vec<Replaced> = checkpoint.replaces.iter().map(|r| self.replaced(r)).collect();
            let name = format!("checkpoint of {} migrations", replaces.len());
            let last = self.set.get(&checkpoint.id);
            let input = WorkInput {
                id: checkpoint.id.clone(),
                name,
                position: self.set.position(&checkpoint.id).map_or(0, |p| p as u64),
                owner: last.and_then(|m| m.owner.clone()),
                header: Vec::new(),
                repeatable: false,
                direction: Direction::Up,
                script,
                verify_script: None,
                up: plan_file(&checkpoint.file),
                down: None,
                verify: None,
                up_statements: statements,
                texts,
                settings: Settings { elevated: false, ..settings(&checkpoint.directives, &checkpoint.directives) },
                major: self.major,
                // The rules were for the migrations it stands for.
                policy: Policy::default(),
                keep: false,
                replaces,
            };
            Work::new(input, &|_| false).map_err(Wrong::Plan)
        });
        let work = match done {
            Ok(work) => work,
            Err(Wrong::Script(e)) => return Err(self.project.script_error(vec![e])),
            Err(Wrong::Plan(e)) => return Err(Error::Plan(vec![e])),
            Err(Wrong::Other(e)) => return Err(e),
        };
        if !work.is_atomic() {
            return Err(Error::Refused {
                code: "checkpoint-parts",
                message: format!("{} does not run in one transaction", checkpoint.file.path),
                hint: "write it anew with surefoot squash".into(),
            });
        }
        Ok(work)
    }

    /// A migration without a file, to be recorded and never to be run.
    pub(crate) fn squashed(&self, migration: &Migration) -> Result<Work> {
        let input = WorkInput {
            id: migration.id.clone(),
            name: migration.name.clone(),
            position: self.set.position(&migration.id).map_or(0, |p| p as u64),
            owner: None,
            header: Vec::new(),
            repeatable: false,
            direction: Direction::Up,
            script: Script::default(),
            verify_script: None,
            up: plan_file(&migration.up),
            down: None,
            verify: None,
            up_statements: String::new(),
            texts: Vec::new(),
            settings: Settings::default(),
            major: self.major,
            policy: Policy::default(),
            keep: false,
            replaces: Vec::new(),
        };
        Work::new(input, &|_| false).map_err(|e| Error::Plan(vec![e]))
    }

    /// A migration as a checkpoint records it.
    fn replaced(&self, replaced: &surefoot_source::Replaced) -> Replaced {
        let migration = self.set.get(&replaced.id);
        let there = migration.filter(|m| !m.squashed && m.up.sha256 == replaced.sha256);
        let statements = there.and_then(|m| self.script(&m.up, &mut Vec::new()).ok());
        Replaced {
            id: replaced.id.clone(),
            name: migration.map_or_else(String::new, |m| m.name.clone()),
            position: self.set.position(&replaced.id).map_or(0, |p| p as u64),
            owner: migration.and_then(|m| m.owner.clone()),
            up: surefoot_plan::FileRef {
                path: migration.map_or_else(|| replaced.path.clone(), |m| m.up.path.clone()),
                sha256: replaced.sha256.clone(),
            },
            up_statements: statements.map(|s| statements_hash(&s)).unwrap_or_default(),
            down: there.and_then(|m| m.down.as_ref().map(plan_file)),
            verify: there.and_then(|m| m.verify.as_ref().map(plan_file)),
        }
    }

    fn build(
        &self,
        migrations: &[(&Migration, Option<&Recorded>)],
        direction: Direction,
        mut procedures: Procedures,
    ) -> Result<Vec<Work>> {
        let mut works = Vec::with_capacity(migrations.len());
        let (mut scripts, mut plans) = (Vec::new(), Vec::new());
        for (migration, recorded) in migrations {
            match self.build_one(migration, *recorded, direction, &mut procedures) {
                Ok(work) => works.push(work),
                Err(Wrong::Script(e)) => scripts.push(e),
                Err(Wrong::Plan(e)) => plans.push(e),
                Err(Wrong::Other(e)) => return Err(e),
            }
        }
        if !scripts.is_empty() {
            return Err(self.project.script_error(scripts));
        }
        if !plans.is_empty() {
            return Err(Error::Plan(plans));
        }
        Ok(works)
    }

    fn build_one(
        &self,
        migration: &Migration,
        recorded: Option<&Recorded>,
        direction: Direction,
        procedures: &mut Procedures,
    ) -> std::result::Result<Work, Wrong> {
        let mut texts: Vec<(String, Arc<str>)> = Vec::new();
        if migration.squashed {
            let by = crate::checkpoint::standing_for(self.set, &migration.id).map_or("", |c| c.file.path.as_str());
            return Err(Wrong::Other(Error::Refused {
                code: "squashed",
                message: format!("the file of {} is gone; {by} stands for it", migration.id),
                hint: format!("bring {} back from version control", migration.up.path),
            }));
        }
        let file = match direction {
            Direction::Up => &migration.up,
            Direction::Down => match &migration.down {
                Some(down) => down,
                None => {
                    return Err(Wrong::Other(Error::Refused {
                        code: "no-rollback",
                        message: format!("migration {} has no rollback", migration.id),
                        hint: "write one, or choose another --to".into(),
                    }));
                }
            },
        };
        let script = self.script(file, &mut texts)?;
        let (mut verify_script, up_statements) = (
            None,
            match (direction, recorded) {
                (Direction::Down, Some(r)) => r.up_statements.clone(),
                (Direction::Down, None) => String::new(),
                (Direction::Up, _) => statements_hash(&script),
            },
        );
        if direction == Direction::Up {
            if let Some(verify) = &migration.verify {
                verify_script = Some(self.script(verify, &mut texts)?);
            }
            if let Some(down) = &migration.down {
                // Kept as it is; what it includes is kept when it runs.
                texts.push((down.sha256.clone(), self.text(down)?));
            }
        }
        let (directives, file_directives) = match direction {
            Direction::Up => (&migration.directives, &migration.directives),
            Direction::Down => (&migration.directives, &migration.down_directives),
        };
        for statement in &script.statements {
            procedures.learn(script.text(statement));
        }
        let procedures = &*procedures;
        let may_commit = |statement: &str| procedures.may_commit(statement);
        let input = WorkInput {
            id: migration.id.clone(),
            name: migration.name.clone(),
            position: self.set.position(&migration.id).map_or(0, |p| p as u64),
            owner: migration.owner.clone(),
            header: migration.header.fields.iter().map(|f| (f.key.clone(), f.value.clone())).collect(),
            repeatable: migration.repeatable,
            direction,
            script,
            verify_script,
            up: match (direction, recorded) {
                (Direction::Down, Some(r)) => {
                    surefoot_plan::FileRef { path: r.up_file.clone(), sha256: r.up_sha256.clone() }
                }
                _ => plan_file(&migration.up),
            },
            down: migration.down.as_ref().map(plan_file),
            verify: migration.verify.as_ref().map(plan_file),
            up_statements,
            texts,
            settings: settings(directives, file_directives),
            major: self.major,
            // A rollback drops what its migration made: the rules are for migrations.
            keep: self.keep
                && direction == Direction::Up
                && self.project.config.attic.keep != Some(false)
                && !directives.drop_data,
            policy: if direction == Direction::Up { self.policy() } else { Policy::default() },
            replaces: Vec::new(),
        };
        Work::new(input, &may_commit).map_err(Wrong::Plan)
    }

    /// Reads a file as it was when the migrations were loaded, and parses it.
    fn script(&self, file: &FileRef, texts: &mut Vec<(String, Arc<str>)>) -> std::result::Result<Script, Wrong> {
        let text = self.text(file)?;
        let script = parse(&file.path, text, &self.variables, &mut ProjectFiles { project: self.project })
            .map_err(Wrong::Script)?;
        for (i, source) in script.files.iter().enumerate() {
            let sha256 = if i == 0 { file.sha256.clone() } else { sha256_hex(source.text.as_bytes()) };
            texts.push((sha256, Arc::clone(&source.text)));
        }
        let mut script = script;
        let without = &self.project.without;
        if !without.is_empty() {
            let kept = |s: &surefoot_sql::script::Statement| !about_extension(script.text(s), without);
            let statements: Vec<_> = script.statements.iter().filter(|s| kept(s)).cloned().collect();
            script.statements = statements;
        }
        Ok(script)
    }

    fn text(&self, file: &FileRef) -> std::result::Result<Arc<str>, Wrong> {
        let text = self.project.read_text(&file.path).map_err(Wrong::Other)?;
        if sha256_hex(text.as_bytes()) != file.sha256 {
            return Err(Wrong::Other(Error::Refused {
                code: "changed-meanwhile",
                message: format!("{} was changed while surefoot was reading it", file.path),
                hint: "run the command again".into(),
            }));
        }
        Ok(text)
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        for config in &self.set.configs {
            let sql = &config.validation.sql;
            policy.ddl &= sql.allow_ddl;
            policy.dml &= sql.allow_dml;
            policy.drop &= sql.allow_drop;
            policy.require_transaction |= sql.require_transaction;
        }
        policy
    }
}

/// Procedures by name, for judging a `CALL`. Two of one name in different schemas are taken for one: to run a statement
/// by itself that could have been in a transaction loses less than to fail in the middle.
#[derive(Debug, Default)]
struct Procedures {
    commit: HashSet<String>,
    /// Name and what it calls.
    calls: Vec<(String, Vec<String>)>,
}

impl Procedures {
    fn add(&mut self, name: String, commits: bool, calls: Vec<String>) {
        if commits {
            self.commit.insert(name);
        } else if !calls.is_empty() {
            self.calls.push((name, calls));
        }
    }

    /// Takes note of a `CREATE PROCEDURE`.
    fn learn(&mut self, statement: &str) {
        if let Some((name, commits)) = surefoot_plan::created_procedure(statement) {
            let calls = if commits { Vec::new() } else { called(statement) };
            self.add(name.name, commits, calls);
        }
    }

    /// Whether a `CALL`, or a `DO` block with one, reaches a procedure that commits.
    fn may_commit(&self, statement: &str) -> bool {
        if self.commit.is_empty() {
            return false;
        }
        let mut names = match surefoot_plan::called_procedure(statement) {
            Some(name) => vec![name.name],
            None => called(statement),
        };
        let mut seen = HashSet::new();
        while let Some(name) = names.pop() {
            if self.commit.contains(&name) {
                return true;
            }
            if seen.insert(name.clone()) {
                names.extend(self.calls.iter().filter(|(n, _)| *n == name).flat_map(|(_, calls)| calls.clone()));
            }
        }
        false
    }
}

fn called(text: &str) -> Vec<String> {
    surefoot_plan::calls_in(text).into_iter().map(|n| n.name).collect()
}

/// The procedures of a target whose bodies end transactions or call others.
async fn procedures(session: &Session) -> Result<Procedures> {
    let rows = session
        .rows(
            "SELECT p.proname, p.prosrc FROM pg_catalog.pg_proc p \
             WHERE p.prokind = 'p' AND p.prosrc ~* 'commit|rollback|call' ORDER BY 1",
        )
        .await?;
    let mut out = Procedures::default();
    for row in rows {
        let (Some(name), Some(body)) = (row.get(0), row.get(1)) else { continue };
        out.add(name.to_owned(), surefoot_plan::controls_transactions(body), called(body));
    }
    Ok(out)
}

/// SHA-256 over the statements of a script, hex: comments, white space and line ends do not count.
pub(crate) fn statements_hash(script: &Script) -> String {
    let mut hasher = Sha256::new();
    script.normalised(&mut |bytes| hasher.update(bytes));
    hex::encode(hasher.finalize())
}

fn plan_file(file: &FileRef) -> surefoot_plan::FileRef {
    surefoot_plan::FileRef { path: file.path.clone(), sha256: file.sha256.clone() }
}

/// A migration's role holds for its rollback too; time-outs and `no-transaction` are each file's own.
fn settings(migration: &Directives, file: &Directives) -> Settings {
    Settings {
        lock_timeout: file.lock_timeout,
        statement_timeout: file.statement_timeout,
        retries: file.retry,
        elevated: matches!(migration.role, Some(Role::Elevated)) || matches!(file.role, Some(Role::Elevated)),
        no_transaction: file.no_transaction,
    }
}
/// Functions by which extensions are used and that no schema of their own tells.
const EXTENSION_CALLS: &[(&str, &[&str])] = &[
    (
        "timescaledb",
        &[
            "create_hypertable",
            "create_distributed_hypertable",
            "add_dimension",
            "set_chunk_time_interval",
            "add_retention_policy",
            "remove_retention_policy",
            "add_compression_policy",
            "remove_compression_policy",
            "add_columnstore_policy",
            "add_reorder_policy",
            "add_continuous_aggregate_policy",
            "remove_continuous_aggregate_policy",
            "add_job",
        ],
    ),
    (
        "citus",
        &["create_distributed_table", "create_reference_table", "undistribute_table", "create_distributed_function"],
    ),
];

/// Whether a statement is about one of these extensions (`CREATE EXTENSION`, `COMMENT ON EXTENSION` ...) or does nothing
/// but call a function of one: by the schema that bears the extension's name (`cron.schedule` of pg_cron), or by name.
pub(crate) fn about_extension(statement: &str, extensions: &[String]) -> bool {
    let text: String = statement
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
        .flat_map(|line| line.split_whitespace().chain(std::iter::once("")))
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Some(at) = words.iter().take(3).position(|word| *word == "extension") {
        let skipped = ["if", "not", "exists"];
        let name = words[at + 1..].iter().find(|word| !skipped.contains(word));
        let name = name.map(|word| word.trim_matches([';', '"', ',']));
        return name.is_some_and(|name| extensions.iter().any(|e| e.eq_ignore_ascii_case(name)));
    }
    let ["select" | "call", rest @ ..] = words.as_slice() else { return false };
    let call = rest.concat();
    extensions.iter().map(|e| e.to_lowercase()).any(|extension| {
        let schemas = [extension.as_str(), extension.strip_prefix("pg_").unwrap_or(&extension)];
        let called = EXTENSION_CALLS.iter().find(|(name, _)| *name == extension).map_or(&[][..], |(_, calls)| *calls);
        schemas.iter().any(|schema| call.starts_with(&format!("{schema}.")))
            || called.iter().any(|name| {
                let bare = call.strip_prefix("public.").unwrap_or(&call);
                bare.starts_with(&format!("{name}("))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_an_extension() {
        let without = ["pg_cron".to_owned(), "timescaledb".to_owned()];
        for about in [
            "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog",
            "create extension \"pg_cron\";",
            "COMMENT ON EXTENSION pg_cron IS 'x'",
            "ALTER EXTENSION timescaledb UPDATE",
            "SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM')",
            "SELECT create_hypertable('metrics', 'at')",
            "-- a comment\nSELECT\n  public.create_hypertable('metrics', 'at')",
        ] {
            assert!(about_extension(about, &without), "{about}");
        }
        for other in [
            "CREATE EXTENSION hstore",
            "CREATE TABLE cron.job (id int)",
            "SELECT id FROM cron.job",
            "INSERT INTO t SELECT create_hypertable('m', 'at')",
            "CREATE TABLE extension (id int)",
        ] {
            assert!(!about_extension(other, &without), "{other}");
        }
    }
}
