//! Comparing snapshots, without a server.

use surefoot_introspect::{Change, Entry, Snapshot};

fn snap(entries: &[(&str, &str, &str)]) -> Snapshot {
    Snapshot::new(entries.iter().map(|(k, i, d)| Entry::new(*k, *i, *d)).collect())
}

fn shown(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    before.diff(after).iter().map(ToString::to_string).collect()
}

#[test]
fn the_order_of_reading_does_not_matter() {
    let a = snap(&[("table", "public.b", "x"), ("column", "public.b.c", "integer"), ("table", "public.a", "y")]);
    let b = snap(&[("table", "public.a", "y"), ("table", "public.b", "x"), ("column", "public.b.c", "integer")]);
    assert_eq!(a, b);
    assert_eq!(a.hash(), b.hash());
    assert_eq!(a.get("table", "public.b").map(|e| e.definition.as_str()), Some("x"));
    assert_eq!(a.get("table", "public.z"), None);
    assert_eq!(a.count_by_kind().into_iter().collect::<Vec<_>>(), [("column", 1), ("table", 2)]);
}

#[test]
fn missing_extra_and_changed_are_named() {
    let before =
        snap(&[("column", "public.t.a", "integer"), ("column", "public.t.b", "text"), ("index", "public.i", "I")]);
    let after =
        snap(&[("column", "public.t.a", "bigint"), ("column", "public.t.c", "text"), ("index", "public.i", "I")]);
    assert_eq!(
        shown(&before, &after),
        [
            "column public.t.a: changed\n  - integer\n  + bigint",
            "column public.t.b: missing\n  - text",
            "column public.t.c: extra\n  + text",
        ]
    );
    assert_ne!(before.hash(), after.hash());
    assert!(before.diff(&before).is_empty());
    assert!(matches!(&after.diff(&before)[1].change, Change::Extra { after } if after == "text"));
}

#[test]
fn a_hash_does_not_confuse_the_parts() {
    let pairs = [
        (snap(&[("a", "b", "c")]), snap(&[("ab", "", "c")])),
        (snap(&[("a", "b", "c"), ("d", "e", "f")]), snap(&[("a", "b", "cdef")])),
        (snap(&[]), snap(&[("", "", "")])),
    ];
    for (a, b) in pairs {
        assert_ne!(a.hash(), b.hash());
    }
    assert_eq!(snap(&[]).hash(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fn column_order_is_told_apart() {
    let before = snap(&[("column order", "public.t", r#"a, "b, ""x", c"#)]);
    let after = snap(&[("column order", "public.t", r#"a, c, "b, ""x""#)]);
    assert_eq!(before.hash(), after.hash());
    assert_ne!(before.hash_with_order(), after.hash_with_order());
    let diff = before.diff(&after);
    assert_eq!(diff.len(), 1);
    assert!(diff[0].order_only);
    assert!(diff[0].to_string().starts_with("column order public.t: same columns in another order\n  - a, "));
}

#[test]
fn a_new_column_is_not_another_order() {
    let before =
        snap(&[("column", "public.t.a", "x"), ("column", "public.t.c", "x"), ("column order", "public.t", "a, c")]);
    let after = snap(&[
        ("column", "public.t.a", "x"),
        ("column", "public.t.b", "x"),
        ("column", "public.t.c", "x"),
        ("column order", "public.t", "a, b, c"),
    ]);
    assert_eq!(shown(&before, &after), ["column public.t.b: extra\n  + x"]);
}

#[test]
fn the_order_of_enum_values_is_a_real_difference() {
    let before = snap(&[("enum value order", "public.e", "a, b")]);
    let after = snap(&[("enum value order", "public.e", "b, a")]);
    assert_ne!(before.hash(), after.hash());
    assert!(!before.diff(&after)[0].order_only);
}

#[test]
fn parts_of_a_missing_whole_say_so() {
    let column = Entry { part_of: Some("table public.t".into()), ..Entry::new("column", "public.t.a", "x") };
    let comment =
        Entry { part_of: Some("column public.t.a".into()), ..Entry::new("comment", "column public.t.a", "hm") };
    let table = Entry::new("table", "public.t", "OWNER TO me");
    let all = Snapshot::new(vec![column.clone(), comment.clone(), table.clone()]);
    let diff = all.diff(&Snapshot::default());
    let alone: Vec<&str> = diff.iter().filter(|d| d.part_of.is_none()).map(|d| d.kind.as_str()).collect();
    assert_eq!(alone, ["table"]);
    // The table stays: each loss below it speaks for itself, and the comment goes with its column.
    let diff = all.diff(&Snapshot::new(vec![table]));
    let alone: Vec<&str> = diff.iter().filter(|d| d.part_of.is_none()).map(|d| d.kind.as_str()).collect();
    assert_eq!(alone, ["column"]);
}

#[test]
fn only_the_lines_that_differ_are_shown() {
    let body = |middle: &str| format!("CREATE FUNCTION f()\nBEGIN\n{middle}\nEND\nOWNER TO me");
    let before = snap(&[("function", "public.f()", &body("one"))]);
    let after = snap(&[("function", "public.f()", &body("two\nthree"))]);
    assert_eq!(shown(&before, &after), ["function public.f(): changed\n  - one\n  + two\n  + three"]);
    let long = (0..20).map(|i| i.to_string()).collect::<Vec<_>>().join("\n");
    let text = snap(&[]).diff(&snap(&[("view", "public.v", &long)]))[0].to_string();
    assert!(text.ends_with("\n  + 11\n  + ... 8 more lines"), "{text}");
    // A repeated line is not counted at both ends.
    let (a, b) = (snap(&[("view", "v", "x\nx")]), snap(&[("view", "v", "x\nx\nx")]));
    assert_eq!(shown(&a, &b), ["view v: changed\n  + x"]);
}

#[test]
fn the_listing_is_stable() {
    let s = snap(&[("table", "public.t", "UNLOGGED\n\nOWNER TO me"), ("enum value", "public.e.'a'", "")]);
    assert_eq!(s.to_text(), "enum value public.e.'a'\ntable public.t\n    UNLOGGED\n\n    OWNER TO me\n");
}

#[test]
fn control_characters_are_shown_not_obeyed() {
    let (a, b) = (snap(&[("comment", "c", "x\r\ny")]), snap(&[("comment", "c", "x\n\u{1b}[31my")]));
    assert_eq!(shown(&a, &b), ["comment c: changed\n  - x\\r\n  - y\n  + x\n  + \\u{1b}[31my"]);
}
