//! The one query, put together from the files in `sql/` for a server's version.

use surefoot_pg::literal;

use crate::Options;

/// The oldest major version the files are written for.
pub(crate) const OLDEST: u32 = 13;

/// The common table expressions that every other file builds on.
const OBJECTS: &str = include_str!("sql/objects.sql");

/// Each file selects kind, identity, the object it is part of, and definition.
const FILES: &[&str] = &[
    include_str!("sql/role.sql"),
    include_str!("sql/schema.sql"),
    include_str!("sql/extension.sql"),
    include_str!("sql/table.sql"),
    include_str!("sql/column.sql"),
    include_str!("sql/column_order.sql"),
    include_str!("sql/constraint.sql"),
    include_str!("sql/index.sql"),
    include_str!("sql/view.sql"),
    include_str!("sql/sequence.sql"),
    include_str!("sql/trigger.sql"),
    include_str!("sql/rule.sql"),
    include_str!("sql/policy.sql"),
    include_str!("sql/function.sql"),
    include_str!("sql/aggregate.sql"),
    include_str!("sql/type.sql"),
    include_str!("sql/enum.sql"),
    include_str!("sql/statistics.sql"),
    include_str!("sql/collation.sql"),
    include_str!("sql/conversion.sql"),
    include_str!("sql/operator.sql"),
    include_str!("sql/operator_class.sql"),
    include_str!("sql/cast.sql"),
    include_str!("sql/text_search.sql"),
    include_str!("sql/language.sql"),
    include_str!("sql/event_trigger.sql"),
    include_str!("sql/publication.sql"),
    include_str!("sql/foreign.sql"),
    include_str!("sql/setting.sql"),
    include_str!("sql/comment.sql"),
    include_str!("sql/security_label.sql"),
    include_str!("sql/privilege.sql"),
    include_str!("sql/default_privilege.sql"),
];

/// Settings the texts depend on, and those that keep the plan sane: the server cannot estimate the common table
/// expressions, and with nested loops the query over 5,000 tables takes half a minute instead of two seconds.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    // Names outside these print with their schema. pg_temp last, or temporary objects would come first.
    ("search_path", "pg_catalog, pg_temp"),
    ("quote_all_identifiers", "off"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("lc_monetary", "C"),
    ("enable_nestloop", "off"),
    ("enable_hashjoin", "on"),
    ("enable_mergejoin", "on"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
];

/// The same for the queries of the model, whose joins are of tables the server takes for small ones: each is best hashed,
/// in memory.
pub(crate) fn model_settings() -> Vec<(&'static str, &'static str)> {
    let mut settings: Vec<_> = SETTINGS.iter().copied().filter(|(name, _)| *name != "enable_mergejoin").collect();
    settings.extend([("enable_mergejoin", "off"), ("work_mem", "64MB")]);
    settings
}

/// The query that lists the catalog of a server of this major version.
pub(crate) fn catalog(major: u32, options: &Options) -> String {
    let names: Vec<String> = options.excluded_schemas.iter().map(|s| literal(s)).collect();
    let excluded = format!("ARRAY[{}]::name[]", names.join(", "));
    let mut sql = for_version(OBJECTS, major).replace("@excluded@", &excluded);
    for (i, file) in FILES.iter().enumerate() {
        sql.push_str(if i == 0 { "" } else { "UNION ALL\n" });
        sql.push_str("SELECT * FROM (\n");
        sql.push_str(&for_version(file, major));
        sql.push_str(") file (kind, identity, part_of, definition)\n");
    }
    sql.replace("@roles@", if options.roles { "true" } else { "false" })
}

/// Keeps the lines meant for `major`: a line may end in `--@14+`, `--@..13` or `--@15..16`. Comment lines go.
pub(crate) fn for_version(sql: &str, major: u32) -> String {
    let mut out = String::with_capacity(sql.len());
    for line in sql.lines() {
        let (line, tag) = match line.split_once("--@") {
            Some((line, tag)) => (line.trim_end(), Some(tag)),
            None => (line, None),
        };
        let wanted = tag.is_none_or(|tag| range(tag).is_some_and(|(low, high)| (low..=high).contains(&major)));
        if wanted && !line.trim_start().starts_with("--") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The versions a tag names; `None` when it names none.
fn range(tag: &str) -> Option<(u32, u32)> {
    let tag = tag.trim();
    if let Some(low) = tag.strip_suffix('+') {
        return Some((low.parse().ok()?, u32::MAX));
    }
    let (low, high) = tag.split_once("..")?;
    let low = if low.is_empty() { 0 } else { low.parse().ok()? };
    Some((low, high.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_by_version() {
        let sql = "a\nb --@14+\nc --@..13\nd --@15..16\n-- talk\n";
        assert_eq!(for_version(sql, 13), "a\nc\n");
        assert_eq!(for_version(sql, 15), "a\nb\nd\n");
        assert_eq!(for_version(sql, 17), "a\nb\n");
    }

    #[test]
    fn every_tag_reads() {
        for file in FILES.iter().chain([&OBJECTS]) {
            for line in file.lines() {
                if let Some((_, tag)) = line.split_once("--@") {
                    let (low, high) = range(tag).unwrap_or_else(|| panic!("tag of {line:?}"));
                    assert!(low <= high && high >= OLDEST, "{line}");
                }
            }
        }
    }

    #[test]
    fn every_file_is_used() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql");
        let files = std::fs::read_dir(dir).expect("src/sql").count();
        assert_eq!(files, FILES.len() + 1);
    }

    #[test]
    fn excluded_schemas_are_literals() {
        let look = |schemas: &[&str]| Options {
            excluded_schemas: schemas.iter().map(|s| (*s).into()).collect(),
            roles: false,
        };
        let sql = catalog(17, &look(&["o'hara"]));
        assert!(sql.contains("ARRAY['o''hara']::name[]"));
        assert!(!sql.contains("--"));
        assert!(catalog(17, &look(&[])).contains("ARRAY[]::name[]"));
    }
}
