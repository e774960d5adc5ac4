//! From a migration on disk to work for the executor.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use surefoot_journal::Recorded;
use surefoot_plan::{Direction, PlanError, Policy, Settings, Work, WorkInput};
use surefoot_source::{Directives, FileRef, Migration, MigrationSet, Role, sha256_hex};
use surefoot_sql::script::{Script, ScriptError, parse};

use crate::project::ProjectFiles;
use crate::{Error, Project, Result};

/// Turns migrations into work, and collects everything that is wrong with them.
pub(crate) struct Workshop<'a> {
    pub(crate) project: &'a Project,
    pub(crate) set: &'a MigrationSet,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) major: u32,
}

/// Why one migration could not be turned into work.
enum Wrong {
    Script(ScriptError),
    Plan(PlanError),
    Other(Error),
}

impl Workshop<'_> {
    /// Work for all of `migrations`, in order.
    ///
    /// # Errors
    /// Every script error, else every plan error, else the first other error.
    pub(crate) fn build_all(
        &self,
        migrations: &[(&Migration, Option<&Recorded>)],
        direction: Direction,
    ) -> Result<Vec<Work>> {
        let mut works = Vec::with_capacity(migrations.len());
        let (mut scripts, mut plans) = (Vec::new(), Vec::new());
        // Procedures created by the files themselves, for judging a CALL.
        let mut committing: Vec<String> = Vec::new();
        for (migration, recorded) in migrations {
            match self.build(migration, *recorded, direction, &mut committing) {
                Ok(work) => works.push(work),
                Err(Wrong::Script(e)) => scripts.push(e),
                Err(Wrong::Plan(e)) => plans.push(e),
                Err(Wrong::Other(e)) => return Err(e),
            }
        }
        if !scripts.is_empty() {
            return Err(Error::Script(scripts));
        }
        if !plans.is_empty() {
            return Err(Error::Plan(plans));
        }
        Ok(works)
    }

    fn build(
        &self,
        migration: &Migration,
        recorded: Option<&Recorded>,
        direction: Direction,
        committing: &mut Vec<String>,
    ) -> std::result::Result<Work, Wrong> {
        let mut texts: Vec<(String, Arc<str>)> = Vec::new();
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
        let (mut verify_script, up_statements) = (None, match (direction, recorded) {
            (Direction::Down, Some(r)) => r.up_statements.clone(),
            (Direction::Down, None) => String::new(),
            (Direction::Up, _) => statements_hash(&script),
        });
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
            let text = script.text(statement);
            if let Some(name) = surefoot_plan::committing_procedure(text) {
                committing.push(name.name);
            }
        }
        let may_commit = |call: &str| {
            surefoot_plan::called_procedure(call).is_some_and(|p| committing.contains(&p.name))
        };
        let input = WorkInput {
            id: migration.id.clone(),
            name: migration.name.clone(),
            position: self.set.position(&migration.id).map_or(0, |p| p as u64),
            owner: migration.owner.clone(),
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
            policy: if direction == Direction::Up { self.policy() } else { Policy::default() },
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
