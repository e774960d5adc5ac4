//! Runs cases on a real server.

pub(crate) mod case;
mod trial;

pub(crate) use case::Case;
pub(crate) use trial::{Server, Trial, block_on};
