//! Migrations on disk: layouts, headers, directives, dependency graph.
