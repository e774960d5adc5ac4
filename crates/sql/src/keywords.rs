//! Key words that cannot be used as a plain name (manual appendix "SQL Key Words"), of
//! PostgreSQL 13 to 18 together: a word reserved in any of them is treated so.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Key words usable as a column or table name, but not of a function or type: `pg_get_keywords()`
/// category C. PostgreSQL quotes them when it prints an identifier.
const COLUMN_NAME: &str = " between bigint bit boolean char character coalesce dec decimal exists extract \
float greatest grouping inout int integer interval json json_array json_arrayagg json_exists json_object \
json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action national nchar \
none normalize nullif numeric out overlay position precision real row setof smallint substring time timestamp \
treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi \
xmlroot xmlserialize xmltable ";

/// Key words that are never a column or table name: categories R and T.
const RESERVED: &str = " all analyse analyze and any array as asc asymmetric authorization binary both case cast \
check collate collation column concurrently constraint create cross current_catalog current_date current_role \
current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except \
false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull \
join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order \
outer overlaps placing primary references returning right select session_user similar some symmetric system_user \
table tablesample then to trailing true union unique user using variadic verbose when where window with ";

fn contains(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

/// Whether a lower-case word must be quoted to be safe as any kind of name. Asked of every name of a schema.
pub(crate) fn needs_quotes(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| COLUMN_NAME.split_ascii_whitespace().chain(RESERVED.split_ascii_whitespace()).collect());
    WORDS.contains(word)
}

/// Whether a lower-case word cannot be the name of a table or column.
pub(crate) fn is_reserved(word: &str) -> bool {
    contains(RESERVED, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only() {
        assert!(needs_quotes("between") && needs_quotes("xmltable") && needs_quotes("user"));
        assert!(!needs_quotes("use") && !needs_quotes("ser") && !needs_quotes("name"));
        assert!(!needs_quotes("bit boolean") && !needs_quotes(" ") && !needs_quotes(""));
        assert!(is_reserved("on") && !is_reserved("int"));
    }
}
