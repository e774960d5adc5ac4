//! The cases of `tests/cases`, in both directions, on real servers.
//!
//! - `SUREFOOT_CASES_DIR`: case files from elsewhere, such as pairs of schemas of other projects.
//! - `SUREFOOT_CASES`: only those whose `file: name` contains this text.
//! - `SUREFOOT_CASES_MAJORS`: which majors, such as `13,18`; without it, the one server that is there. Where the binaries
//!   of a major are, `SUREFOOT_TEST_PG_<major>` says.
//! - `SUREFOOT_CASES_URL`: a server that runs already, for one who tries a case again and again; databases `scratch_N` and
//!   `trial_N` are made and dropped there.
//! - `SUREFOOT_CASES_SHOW`: prints the scripts of those that fail.

mod harness;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Case, Server, Trial, block_on, case};
use surefoot_testkit::{Cluster, ClusterOptions, Major, require};

#[test]
fn the_corpus_reads() {
    let cases = case::all();
    assert!(cases.len() >= 400, "{} cases", cases.len());
    for case in &cases {
        assert_ne!(case.before, case.after, "{}", case.title);
        assert!(case.rows_after.is_none() || !case.keeps.is_empty(), "{}", case.title);
    }
    let open = std::fs::read_to_string(case::folder().join("open.txt")).unwrap_or_default();
    for line in open.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(cases.iter().any(|case| line.starts_with(&case.title)), "open.txt: no such case: {line}");
    }
}

#[test]
fn every_case_goes_there_and_back() {
    let selected = std::env::var("SUREFOOT_CASES").unwrap_or_default();
    let mut wrong = Vec::new();
    if let Ok(url) = std::env::var("SUREFOOT_CASES_URL") {
        on_server(&Server::at(&url), &selected, &mut wrong);
    } else {
        let majors: Vec<Major> = match std::env::var("SUREFOOT_CASES_MAJORS") {
            Ok(list) => list.split(',').map(|m| Major::Is(m.trim().parse().expect("a major"))).collect(),
            Err(_) => vec![Major::Any],
        };
        for major in majors {
            let config = ["max_locks_per_transaction = 256", "wal_level = logical"].map(String::from).to_vec();
            let cluster = require!(
                Cluster::start_with(major, ClusterOptions { config, ..ClusterOptions::default() }),
                format!("a PostgreSQL server ({major:?})")
            );
            on_server(&Server::at(&cluster.url("{db}")), &selected, &mut wrong);
        }
    }
    let unexpected = wrong.iter().filter(|text| !text.starts_with("PostgreSQL ")).count();
    assert!(unexpected == 0, "{}\n", wrong.join("\n"));
}

/// Tries those whose title has the text on one server, and adds what went wrong.
fn on_server(server: &Server, selected: &str, wrong: &mut Vec<String>) {
    let cases = case::all();
    let cases: Vec<&Case> = cases
        .iter()
        .filter(|case| case.title.contains(selected))
        .filter(|case| (case.since..=case.until).contains(&server.major))
        .filter(|case| case.extensions.iter().all(|name| server.extensions.contains(name)))
        .collect();
    let roles: BTreeSet<&String> = cases.iter().flat_map(|case| &case.roles).collect();
    server.create_roles(&roles);

    let failed = try_all(&server.url, &cases);
    let open = case::open(server.major);
    let line = format!("PostgreSQL {}: {} of {}", server.major, cases.len() - failed.len(), cases.len());
    for (title, error) in &failed {
        if !open.contains(title) {
            wrong.push(format!("{} {title}\n    {}", server.major, error.replace('\n', "\n    ")));
        }
    }
    for case in &cases {
        if open.contains(&case.title) && !failed.iter().any(|(title, _)| *title == case.title) {
            wrong.push(format!("{} {}\n    works: take it out of open.txt", server.major, case.title));
        }
    }
    if !failed.is_empty() {
        wrong.push(line);
    }
}

/// Those that fail, with why, in the order of the cases.
fn try_all(url: &str, cases: &[&Case]) -> Vec<(String, String)> {
    let show = std::env::var_os("SUREFOOT_CASES_SHOW").is_some();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
    std::thread::scope(|scope| {
        for number in 0..workers {
            let (next, failed) = (&next, &failed);
            scope.spawn(move || {
                block_on(async {
                    let trial = Trial::new(url, number, show).await;
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(i) else { break };
                        if let Err(error) = trial.run(case).await {
                            failed.lock().expect("no panic").push((i, case.title.clone(), error));
                        }
                        trial.clean().await;
                    }
                });
            });
        }
    });
    let mut failed = failed.into_inner().expect("no panic");
    failed.sort();
    failed.into_iter().map(|(_, title, error)| (title, error)).collect()
}
