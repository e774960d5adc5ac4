//! How each kind is made, changed and dropped: one file per kind.

pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod function;
pub(crate) mod index;
pub(crate) mod policy;
pub(crate) mod rule;
pub(crate) mod schema;
pub(crate) mod sequence;
pub(crate) mod table;
pub(crate) mod trigger;
pub(crate) mod types;
pub(crate) mod view;
