//! Look-alikes are asked about on a terminal, and nowhere else.
#![cfg(unix)]

use std::time::Duration;

use surefoot_testkit::{Cmd, Project};

use crate::surefoot;

fn project() -> Project {
    Project::new()
        .file("a.sql", "CREATE TABLE orders (id int PRIMARY KEY, total numeric, note text);\n")
        .file("b.sql", "CREATE TABLE orders (id int PRIMARY KEY, amount numeric, remark text);\n")
}

fn diff(project: &Project, more: &[&str]) -> Cmd {
    let args = [&["diff", "a.sql", "b.sql", "--on", "embedded"], more].concat();
    surefoot(project, &args).timeout(Duration::from_secs(120))
}

const FIRST: &str = "column public.orders.total is gone, and column public.orders.amount is new. Is it renamed?";

#[test]
fn yes_renames_and_no_drops() {
    let project = project();
    let mut running = diff(&project, &[]).start_on_terminal();
    running.wait_until(|r| r.stderr().contains(FIRST));
    running.type_line("what?");
    running.wait_until(|r| r.stderr().matches(FIRST).count() == 2);
    running.type_line("no");
    running.wait_until(|r| r.stderr().contains("column public.orders.remark is new. Is it renamed?"));
    running.type_line("YES");
    let out = running.wait().code(2);
    assert!(out.stdout.contains("ALTER TABLE public.orders RENAME COLUMN note TO remark;"), "{out}");
    assert!(out.stdout.contains("ALTER TABLE public.orders DROP COLUMN total;"), "{out}");
    assert!(!out.stdout.contains("RENAME COLUMN total"), "{out}");
}

#[test]
fn stop_and_ctrl_c_do_nothing() {
    let project = project();
    let mut running = diff(&project, &["--out", "out.sql"]).start_on_terminal();
    running.wait_until(|r| r.stderr().contains(FIRST));
    running.type_line("s");
    let out = running.wait().code(3);
    assert!(out.stderr.contains("nothing was written") && out.stdout.is_empty(), "{out}");
    let mut running = diff(&project, &["--out", "out.sql"]).start_on_terminal();
    running.wait_until(|r| r.stderr().contains(FIRST));
    running.interrupt();
    let out = running.wait().code(130);
    assert!(out.stdout.is_empty(), "{out}");
    assert!(!project.join("out.sql").exists());
}

#[test]
fn scripts_are_not_asked() {
    let project = project();
    for (more, ci) in [(&["--yes"][..], ""), (&["--json"][..], ""), (&[][..], "true")] {
        let running = diff(&project, more).env("CI", ci).start_on_terminal();
        let out = running.wait().code(3);
        assert!(!out.stderr.contains("Is it renamed?"), "{more:?} {out}");
        assert!(format!("{out}").contains("--accept-drops"), "{more:?} {out}");
    }
}
