//! The journal, and what it says beside the files.

use surefoot_journal::{Journal, StepState};

use super::{Look, plural};
use crate::state::History;
use crate::status::{Standing, status};
use crate::up::unchanged_statements;

impl Look<'_> {
    pub(super) async fn journal(&mut self) {
        let opened = Journal::open(self.session, self.project.journal_schema(), Some(&self.project.name)).await;
        let journal = match opened {
            Ok(Some(journal)) => journal,
            Ok(None) => {
                self.report.ok("journal", "none yet: the first `surefoot up` makes it");
                return;
            }
            Err(e) => {
                self.report.error("journal", &e.into());
                return;
            }
        };
        let checked = async {
            let finding = journal.quick_check(self.session).await?;
            let head = journal.head(self.session).await?;
            let steps = journal.steps(self.session).await?;
            Ok::<_, surefoot_journal::Error>((finding, head, steps))
        }
        .await;
        match checked {
            Err(e) => {
                self.report.error("journal", &e.into());
                return;
            }
            Ok((Some(finding), ..)) => {
                let at = finding.seq.map(|seq| format!("event {seq}: ")).unwrap_or_default();
                self.report.fail(
                    "journal",
                    format!("it was altered: {at}{}", finding.what),
                    "`surefoot verify` gives the whole list; restore the tables from a backup",
                );
            }
            Ok((None, head, steps)) => {
                let found = format!(
                    "schema {}, {}, the chain is whole",
                    journal.schema(),
                    plural(usize::try_from(head.seq).unwrap_or(0), "event")
                );
                match steps.iter().find(|s| s.state == StepState::Intent) {
                    Some(step) => self.report.warn(
                        "journal",
                        format!("{found}; a run died while `{}` of {} was running", step.statement, step.migration),
                        "run `surefoot up` again: it finds out what became of it",
                    ),
                    None => self.report.ok("journal", found),
                }
            }
        }
        self.history().await;
    }

    pub(super) async fn history(&mut self) {
        let Some(set) = self.set else { return };
        let history = match History::read(self.project, set, &self.target.spec.environment, Some(self.session)).await {
            Ok(history) => history,
            Err(e) => {
                self.report.error("history", &e);
                return;
            }
        };
        let same = unchanged_statements(self.project, self.invocation, set, &history);
        let status = status(set, &history, &same);
        let current = status.current.as_deref().unwrap_or("nothing").to_owned();
        let wrong = [
            (Standing::Changed, "changed after it was applied", "see what changed: surefoot verify"),
            (Standing::Missing, "applied, its file is gone", "restore it: surefoot recover"),
            (Standing::Partial, "applied in part", "finish it: surefoot up"),
            (Standing::PartlyRolledBack, "rolled back in part", "finish it: surefoot down"),
            (
                Standing::OutOfOrder,
                "late: one after it is applied",
                "surefoot up --allow-out-of-order, or give it a new number",
            ),
        ];
        let mut worst = None;
        for (standing, what, remedy) in wrong {
            if let Some(line) = status.lines.iter().find(|l| l.standing == standing) {
                worst = Some((format!("{} is {what}", line.id), remedy));
                break;
            }
        }
        let pending = status.count(Standing::Pending);
        match worst {
            Some((what, remedy)) => self.report.warn("history", format!("at {current}; {what}"), remedy),
            None => self.report.ok("history", format!("at {current}, {pending} pending")),
        }
    }
}
