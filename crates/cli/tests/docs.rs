//! The documentation knows every command, and no other.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn every_command_is_described() {
    let output = Command::new(env!("CARGO_BIN_EXE_surefoot")).arg("--help").output().expect("surefoot --help");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let commands: BTreeSet<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().filter(|_| !line.starts_with("   ")))
        .collect();
    assert!(commands.contains("up"), "{help}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let text = std::fs::read_to_string(path).expect("docs/commands.md");
    let described: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `surefoot ")?.split_once('`'))
        .map(|(command, _)| command)
        .collect();
    assert_eq!(commands, described);
}
