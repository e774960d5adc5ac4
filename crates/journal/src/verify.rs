//! Checking the journal: the chain of hashes, the guards, and that the state
//! table says what the events say.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use surefoot_pg::{Session, literal};

use crate::{EventRow, Journal, Result};

/// Something wrong with the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first event concerned, if it is about one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// Result of a check.
#[derive(Debug, Clone, Default)]
pub struct ChainReport {
    /// Events read.
    pub events: u64,
    /// Hash of the last event, hex.
    pub head: String,
    /// Everything wrong, in order.
    pub findings: Vec<Finding>,
}

/// Events per page when reading the whole journal.
const PAGE: usize = 5_000;

/// Events that a look at the journal recomputes.
const GLANCE: u32 = 100;

impl Journal {
    /// Recomputes the whole chain and compares the state table with the events.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn verify(&self, session: &Session) -> Result<ChainReport> {
        let mut report = ChainReport { head: "0".repeat(64), ..ChainReport::default() };
        let mut states: BTreeMap<String, (String, u64)> = BTreeMap::new();
        let mut last = 0;
        loop {
            let page = self.events(session, last, PAGE, None).await?;
            for event in &page {
                check_event(event, last, &mut report);
                last = event.seq;
                if let (Some(m), Some(s)) = (&event.migration, &event.state) {
                    states.insert(m.clone(), (s.clone(), event.seq));
                }
            }
            if page.len() < PAGE {
                break;
            }
        }
        self.compare_states(session, &states, last, &mut report).await?;
        self.check_guards(session, &mut report).await?;
        Ok(report)
    }

    /// The same check made by the server in one round trip: is the chain whole, and do the states agree? `None` when
    /// all is well, else what is wrong first.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn quick_check(&self, session: &Session) -> Result<Option<Finding>> {
        self.check_by_server(session, "0").await
    }

    /// As [`Journal::quick_check`], but of the newest events only; the states of all migrations are compared. For
    /// commands that only look.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn glance(&self, session: &Session) -> Result<Option<Finding>> {
        self.check_by_server(session, &format!("(SELECT max(seq) - {GLANCE} FROM {}.events)", self.quoted())).await
    }

    /// Checks the events after `from`, an SQL expression.
    ///
    /// A text is compared with what the server builds from the columns, character by character: that is the
    /// beginning of each, and taking it apart as JSON would cost ten times as much.
    async fn check_by_server(&self, session: &Session, from: &str) -> Result<Option<Finding>> {
        let s = self.quoted();
        let rows = session
            .rows(&format!(
                "SELECT seq, what FROM (\
                   (SELECT seq, CASE \
                      WHEN seq <> n THEN 'an event before it is missing' \
                      WHEN hash <> encode(sha256('\\x00'::bytea || convert_to(body, 'UTF8')), 'hex') \
                        THEN 'its hash does not match its text' \
                      WHEN NOT starts_with(body, link) THEN 'it does not follow the event before it' \
                      WHEN NOT starts_with(body, link || said) THEN 'its columns differ from its text' \
                      END AS what \
                    FROM (SELECT seq, body, hash, greatest(0, {from}) + row_number() OVER (ORDER BY seq) AS n, \
                            '{{\"seq\" : ' || seq || ', \"prev\" : \"' || coalesce(lag(hash) OVER (ORDER BY seq), \
                              (SELECT b.hash FROM {s}.events b WHERE b.seq = greatest(0, {from})), repeat('0', 64)) \
                              || '\", ' AS link, \
                            '\"at\" : \"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
                              || '\", \"kind\" : ' || to_json(kind) \
                              || ', \"migration\" : ' || coalesce(to_json(migration)::text, 'null') \
                              || ', \"state\" : ' || coalesce(to_json(state)::text, 'null') \
                              || ', \"run\" : ' || coalesce(to_json(run)::text, 'null') || ', ' AS said \
                          FROM {s}.events WHERE seq > greatest(0, {from})) e) \
                   UNION ALL \
                   (SELECT NULL, CASE WHEN m.id IS NULL \
                        THEN 'the events say that migration ' || e.migration || ' is ' || e.state || ', but it has no row' \
                      WHEN e.state IS DISTINCT FROM m.state \
                        THEN 'migration ' || m.id || ' is recorded as ' || m.state || ' but the events say ' \
                           || coalesce(e.state, 'nothing') \
                      ELSE 'migration ' || m.id || ' names event ' || m.event || ', which is gone' END \
                    FROM {s}.migrations m FULL JOIN (SELECT DISTINCT ON (migration) migration, state FROM {s}.events \
                      WHERE migration IS NOT NULL AND state IS NOT NULL ORDER BY migration, seq DESC) e \
                      ON e.migration = m.id \
                    WHERE e.state IS DISTINCT FROM m.state OR m.event > (SELECT max(seq) FROM {s}.events))\
                   UNION ALL \
                   (SELECT NULL, 'the guard of table ' || g.name || ' is gone or disabled' FROM ({}) g)\
                 ) x WHERE what IS NOT NULL ORDER BY seq NULLS LAST LIMIT 1",
                self.guards_missing()
            ))
            .await?;
        Ok(rows.into_iter().next().map(|r| Finding { seq: r.parse(0), what: r.get(1).unwrap_or_default().to_owned() }))
    }

    async fn compare_states(
        &self,
        session: &Session,
        states: &BTreeMap<String, (String, u64)>,
        last: u64,
        report: &mut ChainReport,
    ) -> Result<()> {
        let recorded = self.migrations(session).await?;
        for m in &recorded {
            let said = states.get(&m.id).map(|(s, _)| s.as_str());
            if said != Some(m.state.as_str()) {
                report.findings.push(Finding {
                    seq: states.get(&m.id).map(|(_, seq)| *seq),
                    what: format!(
                        "migration {} is recorded as {} but the events say {}",
                        m.id,
                        m.state,
                        said.unwrap_or("nothing")
                    ),
                });
            }
            if m.event > last {
                report.findings.push(Finding {
                    seq: Some(m.event),
                    what: format!(
                        "migration {} names event {}, but the last one is {last}: events were removed",
                        m.id, m.event
                    ),
                });
            }
        }
        for (id, (state, seq)) in states {
            if !recorded.iter().any(|m| &m.id == id) {
                report.findings.push(Finding {
                    seq: Some(*seq),
                    what: format!("the events say that migration {id} is {state}, but it has no row"),
                });
            }
        }
        Ok(())
    }

    /// The tables whose triggers do not keep them.
    fn guards_missing(&self) -> String {
        format!(
            "SELECT w.name FROM (VALUES ('events', 'append_only'), ('files', 'append_only'), \
             ('migrations', 'keep')) w(name, trigger) \
             WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = {} AND c.relname = w.name AND t.tgname = w.trigger AND t.tgenabled = 'A')",
            literal(&self.schema)
        )
    }

    async fn check_guards(&self, session: &Session, report: &mut ChainReport) -> Result<()> {
        let rows = session.rows(&format!("{} ORDER BY 1", self.guards_missing())).await?;
        for row in rows {
            report.findings.push(Finding {
                seq: None,
                what: format!("the guard of table {} is gone or disabled", row.get(0).unwrap_or_default()),
            });
        }
        Ok(())
    }
}

/// The hash of an event: SHA-256 over a zero byte and the body, as RFC 6962 hashes leaves.
pub(crate) fn leaf(body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(body.as_bytes());
    hex::encode(hasher.finalize())
}

fn check_event(event: &EventRow, last: u64, report: &mut ChainReport) {
    let mut say = |what: String| report.findings.push(Finding { seq: Some(event.seq), what });
    if event.seq != last + 1 {
        say(format!("event {} follows event {last}: {} missing between them", event.seq, event.seq - last - 1));
    }
    if leaf(&event.body) != event.hash {
        say(format!("the hash of event {} does not match its text", event.seq));
    }
    let body = event.json();
    if body == Value::Null {
        say(format!("the text of event {} is not JSON", event.seq));
    } else {
        if body["prev"].as_str() != Some(report.head.as_str()) {
            report.findings.push(Finding {
                seq: Some(event.seq),
                what: format!("event {} does not follow the event before it", event.seq),
            });
        }
        let same = body["seq"].as_u64() == Some(event.seq)
            && body["at"].as_str() == Some(event.at.as_str())
            && body["kind"].as_str() == Some(event.kind.as_str())
            && body["migration"].as_str() == event.migration.as_deref()
            && body["state"].as_str() == event.state.as_deref()
            && body["run"].as_str() == event.run.as_deref();
        if !same {
            report.findings.push(Finding {
                seq: Some(event.seq),
                what: format!("the columns of event {} differ from its text", event.seq),
            });
        }
    }
    report.events += 1;
    report.head.clone_from(&event.hash);
}
