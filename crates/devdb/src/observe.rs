//! What takes time while a server starts, for a caller that wants to show it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Holder;

/// Something that takes a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The embedded PostgreSQL unpacks itself into the cache: once per machine.
    Unpacking {
        /// The cache directory.
        cache: PathBuf,
    },
    /// Another process has the directory and we wait for it.
    WaitingForHolder {
        /// The directory.
        path: PathBuf,
        /// Who has it.
        holder: Holder,
    },
    /// `initdb` runs: once per machine and version.
    Initialising {
        /// The binaries used.
        bindir: PathBuf,
    },
}

type Callback = dyn Fn(&Event) + Send + Sync;

/// A callback for [`Event`]s; the default one ignores them.
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<Callback>>);

impl Observer {
    /// Calls `f` with each event.
    pub fn new(f: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(f)))
    }

    pub(crate) fn tell(&self, event: &Event) {
        if let Some(f) = &self.0 {
            f(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer(set)" } else { "Observer(none)" })
    }
}
