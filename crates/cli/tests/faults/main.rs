//! Faults, on real servers: what is left after a crash, a lost connection, a
//! signal or a rival is told truthfully, and running again ends where an
//! undisturbed run ends. The common judge is in `lab`.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod attic;
mod concurrently;
mod contention;
mod crash;
mod disk;
mod dump;
mod examples;
mod lab;
mod lock;
mod network;
mod pooler;
mod rivals;
mod server;
mod signals;
mod squash;
