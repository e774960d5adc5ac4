//! The names Prisma gives to what a schema leaves unnamed.

/// The longest name PostgreSQL keeps, in bytes.
pub(crate) const LIMIT: usize = 63;

/// `Table_pkey`
pub(crate) fn primary_key(table: &str) -> String {
    fit(table, "_pkey")
}

/// `Table_a_b_key`
pub(crate) fn unique(table: &str, columns: &[&str]) -> String {
    fit(&joined(table, columns), "_key")
}

/// `Table_a_b_idx`
pub(crate) fn index(table: &str, columns: &[&str]) -> String {
    fit(&joined(table, columns), "_idx")
}

/// `Table_a_b_fkey`
pub(crate) fn foreign_key(table: &str, columns: &[&str]) -> String {
    fit(&joined(table, columns), "_fkey")
}

/// `_Name`: the table behind a many-to-many relation.
pub(crate) fn join_table(relation: &str) -> String {
    cut(&format!("_{relation}"), LIMIT).to_owned()
}

/// `_Name_A_fkey`
pub(crate) fn join_foreign_key(table: &str, column: &str) -> String {
    fit(table, &format!("_{column}_fkey"))
}

/// `_Name_AB_pkey`
pub(crate) fn join_key(table: &str) -> String {
    fit(table, "_AB_pkey")
}

/// `_Name_B_index`
pub(crate) fn join_index(table: &str) -> String {
    fit(table, "_B_index")
}

/// `Table_column_seq`, as PostgreSQL names it: when it is too long, the longer of the two is cut,
/// then both.
pub(crate) fn sequence(table: &str, column: &str) -> String {
    let room = LIMIT - "__seq".len();
    let (mut first, mut second) = (table.len(), column.len());
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    format!("{}_{}_seq", cut(table, first), cut(column, second))
}

fn joined(table: &str, columns: &[&str]) -> String {
    std::iter::once(table).chain(columns.iter().copied()).collect::<Vec<_>>().join("_")
}

/// The stem cut so that the whole ending stays within the limit.
fn fit(stem: &str, ending: &str) -> String {
    format!("{}{ending}", cut(stem, LIMIT - ending.len()))
}

/// At most so many bytes of a text, never half a character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_before_its_ending() {
        assert_eq!(index("User", &["a", "b"]), "User_a_b_idx");
        let long = "x".repeat(70);
        assert_eq!(unique(&long, &["a"]), format!("{}_key", "x".repeat(59)));
        assert_eq!(primary_key(&long).len(), LIMIT);
        assert_eq!(join_table(&long).len(), LIMIT);
    }

    #[test]
    fn a_sequence_is_cut_where_it_is_longer() {
        assert_eq!(sequence("Entry", "id"), "Entry_id_seq");
        let (table, column) = ("t".repeat(50), "c".repeat(40));
        assert_eq!(sequence(&table, &column), format!("{}_{}_seq", "t".repeat(29), "c".repeat(29)));
        assert_eq!(sequence(&table, "id"), format!("{table}_id_seq"));
        assert_eq!(sequence(&"t".repeat(60), "id"), format!("{}_id_seq", "t".repeat(56)));
    }

    #[test]
    fn a_name_is_not_cut_inside_a_character() {
        assert_eq!(index("U", &[&"é".repeat(33)]), format!("U_{}_idx", "é".repeat(28)));
    }
}
