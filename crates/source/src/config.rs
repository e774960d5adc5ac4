//! What a load needs to know.

use std::collections::BTreeMap;

/// A folder with migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationDir {
    /// Relative to the project.
    pub path: String,
    /// The team whose migrations lie there.
    pub owner: Option<String>,
}

impl MigrationDir {
    /// A folder that belongs to nobody in particular.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), owner: None }
    }
}

/// Where the history lies and how to read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceConfig {
    /// The folders; several make one chain.
    pub dirs: Vec<MigrationDir>,
    /// The list of migrations, if it is not `migration_config.yaml` in one of the folders.
    pub migration_config: Option<String>,
    /// For `${VAR}` in that list: usually the process's environment.
    pub variables: BTreeMap<String, String>,
    /// The environment whose overrides in that list apply.
    pub environment: Option<String>,
}

impl SourceConfig {
    /// A configuration with one folder and nothing else.
    pub fn with_dir(path: impl Into<String>) -> Self {
        Self { dirs: vec![MigrationDir::new(path)], ..Self::default() }
    }
}
