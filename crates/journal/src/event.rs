//! Events: what is worth recording.

use serde_json::{Map, Value};

/// Who acts, as far as the runner knows; the database role is added by the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// Operating-system user.
    pub os_user: Option<String>,
    /// Host name of the runner.
    pub host: Option<String>,
    /// CI identity, such as `github:owner/repo run 17`.
    pub ci: Option<String>,
    /// Name and version of the program.
    pub tool: String,
    /// The runner's clock, RFC 3339.
    pub clock: Option<String>,
}

impl Actor {
    fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (key, value) in [("os_user", &self.os_user), ("host", &self.host), ("ci", &self.ci), ("clock", &self.clock)]
        {
            if let Some(v) = value {
                map.insert(key.into(), Value::String(v.clone()));
            }
        }
        map.insert("tool".into(), Value::String(self.tool.clone()));
        Value::Object(map)
    }
}

/// The kinds of events. The text form is stored and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The journal was created.
    Created,
    /// A migration is applied.
    Applied,
    /// A repeatable migration was run again.
    Repeated,
    /// Part of a migration is committed; more follows.
    UnitDone,
    /// A statement outside a transaction is about to run.
    Intent,
    /// A statement outside a transaction ran.
    Outcome,
    /// A migration is rolled back.
    Reverted,
    /// A migration or rollback failed.
    Failed,
    /// A run was interrupted by its user.
    Interrupted,
    /// A command was refused.
    Refused,
    /// A migration was declared applied by hand.
    ResolvedApplied,
    /// A migration was declared rolled back by hand.
    ResolvedRolledBack,
    /// An existing database was taken over.
    Baseline,
    /// Seed data was loaded.
    Seeded,
    /// The database was emptied.
    Reset,
    /// Files were restored from the journal.
    Recovered,
    /// The recorded checksum of a changed file was accepted.
    ResolvedChecksum,
    /// A migration came with a checkpoint.
    Checkpoint,
    /// A checkpoint stands for migrations that are applied.
    CheckpointAdopted,
    /// A dump was loaded.
    Loaded,
    /// What a migration dropped went into the attic.
    Kept,
    /// Rows came back from the attic, or could not.
    Restored,
    /// Something was removed from the attic for good.
    Purged,
    /// Drift was taken over: a migration that holds what is there counts as applied.
    DriftAdopted,
    /// The recorder of DDL was installed.
    RecorderInstalled,
    /// The recorder of DDL was taken away.
    RecorderRemoved,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 26] = [
        Self::Created,
        Self::Applied,
        Self::Repeated,
        Self::UnitDone,
        Self::Intent,
        Self::Outcome,
        Self::Reverted,
        Self::Failed,
        Self::Interrupted,
        Self::Refused,
        Self::ResolvedApplied,
        Self::ResolvedRolledBack,
        Self::Baseline,
        Self::Seeded,
        Self::Reset,
        Self::Recovered,
        Self::ResolvedChecksum,
        Self::Checkpoint,
        Self::CheckpointAdopted,
        Self::Loaded,
        Self::Kept,
        Self::Restored,
        Self::Purged,
        Self::DriftAdopted,
        Self::RecorderInstalled,
        Self::RecorderRemoved,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::UnitDone => "part committed",
            Self::Intent => "intent",
            Self::Outcome => "outcome",
            Self::Reverted => "reverted",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Refused => "refused",
            Self::ResolvedApplied => "resolved applied",
            Self::ResolvedRolledBack => "resolved rolled back",
            Self::Baseline => "baseline",
            Self::Seeded => "seeded",
            Self::Reset => "reset",
            Self::Recovered => "recovered",
            Self::ResolvedChecksum => "resolved checksum",
            Self::Checkpoint => "checkpoint",
            Self::CheckpointAdopted => "checkpoint adopted",
            Self::Loaded => "loaded",
            Self::Kept => "kept",
            Self::Restored => "restored",
            Self::Purged => "purged",
            Self::DriftAdopted => "drift adopted",
            Self::RecorderInstalled => "recorder installed",
            Self::RecorderRemoved => "recorder removed",
        }
    }
}

/// One event to append.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which migration.
    pub migration: Option<String>,
    /// The migration's state after the event, when it changed.
    pub state: Option<crate::State>,
    /// The run it belongs to.
    pub run: String,
    /// Who.
    pub actor: Actor,
    /// More, as a JSON object. No row data.
    pub detail: Map<String, Value>,
}

impl Event {
    /// The `detail` of the stored event: the actor and the rest.
    pub fn detail_json(&self) -> String {
        let mut map = Map::new();
        map.insert("actor".into(), self.actor.to_json());
        for (k, v) in &self.detail {
            map.insert(k.clone(), v.clone());
        }
        Value::Object(map).to_string()
    }
}
