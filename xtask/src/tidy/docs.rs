//! Documentation that can be found, whose links lead somewhere, and that leaves nothing out.

use std::path::Path;

use super::{File, Findings};
use crate::run::root;

/// Everything named in a source file has to occur in a document.
struct Named {
    source: &'static str,
    document: &'static str,
    what: &'static str,
    names: fn(&str) -> Vec<String>,
}

const NAMED: &[Named] = &[
    Named { source: "crates/cli/src/args.rs", document: "docs/commands.md", what: "command", names: commands },
    Named { source: "crates/surefoot/src/config.rs", document: "docs/configuration.md", what: "key", names: fields },
    Named {
        source: "crates/source/src/directive.rs",
        document: "docs/layouts.md",
        what: "directive",
        names: directives,
    },
    Named { source: "crates/journal/src/event.rs", document: "docs/journal.md", what: "event", names: words },
];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let text = |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    let index = format!("{}{}", text("docs/README.md"), text("README.md"));
    for file in files.iter().filter(|file| file.is("md")) {
        links(file, findings);
        if let Some(name) = file.path.strip_prefix("docs/")
            && name != "README.md"
            && !index.contains(&format!("({name}"))
            && !index.contains(&format!("(docs/{name}"))
        {
            findings.add(&file.path, "is linked neither from docs/README.md nor from README.md");
        }
    }
    for named in NAMED {
        let document = text(named.document);
        let names = (named.names)(text(named.source));
        if names.is_empty() {
            findings.add(named.source, format!("no {} was found in it: adapt xtask tidy", named.what));
        }
        for name in names {
            let ways = [format!("`{name}`"), format!("`{name} "), format!("`[{name}]`")];
            if !ways.iter().any(|way| document.contains(way)) {
                findings.add(named.document, format!("{} `{name}` is not described", named.what));
            }
        }
    }
}

/// Relative links lead to files.
fn links(file: &File, findings: &mut Findings) {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let link = &line[at + 2..];
            let link = &link[..link.find(')').unwrap_or(link.len())];
            let path = link.split('#').next().unwrap_or_default();
            let elsewhere = path.is_empty() || link.contains("://") || link.starts_with("mailto:");
            if !elsewhere && !root().join(folder).join(path).exists() {
                findings.add(format!("{}:{number}", file.path), format!("the link {link} leads nowhere"));
            }
        }
    }
}

/// Fields of the structures above the errors, as configuration keys.
fn fields(source: &str) -> Vec<String> {
    source
        .lines()
        .take_while(|line| !line.contains("struct ConfigError"))
        .filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'))
        .map(|(name, _)| name.replace('_', "-"))
        .collect()
}

fn directives(source: &str) -> Vec<String> {
    let list = source.split_once("DIRECTIVE_NAMES: [").and_then(|(_, rest)| rest.split_once(';'));
    let list = list.and_then(|(_, rest)| rest.split_once("];")).map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The variants of `enum Command`, as they are typed.
fn commands(source: &str) -> Vec<String> {
    let variants = source.split_once("enum Command {").and_then(|(_, rest)| rest.split_once("\n}"));
    let variants = variants.map_or("", |(variants, _)| variants).lines().map(str::trim);
    variants
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            let name = line.split(['(', ',']).next().unwrap_or_default();
            let mut typed = String::from("surefoot");
            for c in name.chars() {
                if c.is_ascii_uppercase() {
                    typed.push(if typed == "surefoot" { ' ' } else { '-' });
                }
                typed.push(c.to_ascii_lowercase());
            }
            typed
        })
        .collect()
}

/// The words of `Self::Kind => "word"`.
fn words(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.split_once('"'))
        .map(|(word, _)| word.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{commands, directives, fields, words};

    #[test]
    fn names_are_read_from_sources() {
        assert_eq!(fields("pub struct X {\n    pub lock_timeout: Option<Span>,\n}\n"), ["lock-timeout"]);
        assert_eq!(
            directives("pub const DIRECTIVE_NAMES: [&str; 2] = [\n \"depends\",\n \"role\",\n];"),
            ["depends", "role"]
        );
        assert_eq!(
            commands(
                "pub(crate) enum Command {\n    /// A\n    #[command(x)]\n    Up(Up),\n    CheckVersion(CheckVersion),\n}\n"
            ),
            ["surefoot up", "surefoot check-version"]
        );
        assert_eq!(words("            Self::UnitDone => \"part committed\","), ["part committed"]);
    }
}
