//! Surefoot as a library: one module per use case.
