//! A migration plan as data.
