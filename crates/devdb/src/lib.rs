//! The dev database: embedded, local binaries or a URL.
