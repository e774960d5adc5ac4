//! The dev database: a real PostgreSQL that Surefoot may do anything to.
//!
//! Three providers stand behind the trait [`Provider`]: the embedded
//! PostgreSQL (feature `embedded`), a private cluster made with binaries of
//! this machine, and a scratch database on a server named by URL.
//! [`choose`] picks one and says why; [`Server`] is a running one.
//!
//! What is not here: what is run in it (`executor`) and how its catalog is
//! read (`introspect`).

pub mod binaries;
mod blocking;
mod choose;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod hold;
#[cfg(unix)]
pub mod local;
mod observe;
mod owned;
mod provider;
pub mod scratch;

pub use binaries::{Found, Surroundings, find_binaries};
pub use choose::{Choice, Need, Request, Source, choose};
pub use error::{Error, Result};
pub use hold::{Holder, holder};
pub use observe::{Event, Observer};
pub use provider::{Kind, Provider, Server};
