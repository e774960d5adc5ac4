//! How each kind is made, changed and dropped: one file per kind.

pub(crate) mod aggregate;
pub(crate) mod base_type;
pub(crate) mod collation;
pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod event_trigger;
pub(crate) mod extension;
pub(crate) mod foreign;
pub(crate) mod function;
pub(crate) mod index;
pub(crate) mod inheritance;
pub(crate) mod language;
pub(crate) mod narrowing;
pub(crate) mod operator;
pub(crate) mod policy;
pub(crate) mod publication;
pub(crate) mod rule;
pub(crate) mod schema;
pub(crate) mod sequence;
pub(crate) mod setting;
pub(crate) mod statistics;
pub(crate) mod table;
pub(crate) mod text_search;
pub(crate) mod trigger;
pub(crate) mod types;
pub(crate) mod view;
