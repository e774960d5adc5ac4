//! The directory of an embedded database.

use std::path::Path;

use pglite_oxide::extensions::{ALL, Extension};
use pglite_oxide::{PglitePaths, install_extension_bytes};

use crate::{Error, Result};

/// Bundled, but without a control file: a library to `LOAD`, which needs more
/// than a standalone backend gives it.
const NOT_CREATABLE: &str = "auto_explain";

/// Says what made the directory.
const FORMAT_FILE: &str = "surefoot-format";
const FORMAT: &str = "pglite-oxide 0.5.1, PostgreSQL 17.5";

pub(crate) fn bundled() -> impl Iterator<Item = Extension> {
    ALL.iter().copied().filter(|e| e.sql_name() != NOT_CREATABLE)
}

/// Makes `dir` ready to be served: every extension's files in place, so that
/// `CREATE EXTENSION` works without being announced, and none of them created.
pub(crate) fn prepare(dir: &Path, kept: bool) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let format = dir.join(FORMAT_FILE);
    match std::fs::read_to_string(&format) {
        Ok(found) if found.trim() == FORMAT => return Ok(()),
        Ok(found) => {
            return Err(Error::Format { path: dir.to_path_buf(), found: found.trim().into(), ours: FORMAT.into() });
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(Error::io("read", &format)(e)),
    }
    let paths = PglitePaths::with_root(dir);
    if kept {
        unpack_data(dir, &paths)?;
    }
    for extension in bundled() {
        let bytes = pglite_oxide_assets::extension_archive(extension.sql_name())
            .ok_or_else(|| Error::Embedded(format!("extension {} is missing", extension.sql_name())))?;
        install_extension_bytes(&paths, bytes).map_err(embedded)?;
    }
    // Written last: a start that was killed half-way is begun again.
    std::fs::write(&format, format!("{FORMAT}\n")).map_err(Error::io("write", &format))
}

/// Puts the initial cluster into the directory itself. Left alone, the
/// embedded server would keep only changed files there and read the others
/// from its cache, whose loss or update would then take the database with it.
fn unpack_data(dir: &Path, paths: &PglitePaths) -> Result<()> {
    let data = &paths.pgdata;
    if data.join("PG_VERSION").exists() {
        return Ok(());
    }
    let stage = dir.join("new");
    if stage.exists() {
        std::fs::remove_dir_all(&stage).map_err(Error::io("remove", &stage))?;
    }
    let bytes = pglite_oxide_assets::pgdata_template_archive()
        .ok_or_else(|| Error::Embedded("the initial cluster is missing".into()))?;
    // It unpacks any archive, an initial cluster as well as an extension.
    install_extension_bytes(&PglitePaths::with_root(&stage), bytes).map_err(embedded)?;
    if let Some(parent) = data.parent() {
        std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    let unpacked = stage.join("tmp").join("pglite");
    std::fs::rename(&unpacked, data).map_err(Error::io("create", data))?;
    std::fs::remove_dir_all(&stage).map_err(Error::io("remove", &stage))
}

pub(crate) fn embedded(error: impl std::fmt::Display) -> Error {
    Error::Embedded(format!("{error:#}"))
}
