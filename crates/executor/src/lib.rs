//! Runs a plan on a session and records it.
