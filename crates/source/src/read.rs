//! Reading the files of all migrations, several at a time.

use std::thread;

use crate::collect::Bundle;
use crate::dir::Dir;
use crate::error::Problem;
use crate::scan::{Scan, scan};

/// What reading the files of one migration gave.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) up: Scan,
    pub(crate) down: Option<Scan>,
    pub(crate) verify: Option<Scan>,
}

/// Reads the files of every migration, in the order of `bundles`.
///
/// A history of many files is read by a few threads: most of the time goes into waiting for the
/// disk and into hashing, and neither shares anything.
pub(crate) fn read_all(dir: &dyn Dir, bundles: &[Bundle]) -> Vec<Reading> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(bundles.len() / WORTH_A_THREAD).max(1);
    if threads == 1 {
        return bundles.iter().map(|bundle| read(dir, bundle)).collect();
    }
    let share = bundles.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> = bundles
            .chunks(share)
            .map(|chunk| {
                let work = move || -> Vec<Reading> { chunk.iter().map(|bundle| read(dir, bundle)).collect() };
                (chunk, scope.spawn(work))
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|(chunk, worker)| match worker.join() {
                Ok(readings) => readings,
                // A `Dir` that panics does so here as well, where the caller can see it.
                Err(_) => chunk.iter().map(|bundle| read(dir, bundle)).collect(),
            })
            .collect()
    })
}

const MOST_THREADS: usize = 8;
const WORTH_A_THREAD: usize = 100;

fn read(dir: &dyn Dir, bundle: &Bundle) -> Reading {
    let part = |path: &str, in_down: bool| {
        scan(dir, path, in_down).unwrap_or_else(|problem: Problem| Scan::failed(path, problem))
    };
    Reading {
        up: part(&bundle.up.path, false),
        down: bundle.down.as_deref().map(|path| part(path, true)),
        verify: bundle.verify.as_deref().map(|path| part(path, false)),
    }
}
