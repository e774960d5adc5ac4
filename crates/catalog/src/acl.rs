//! Privileges, from the server's `aclitem` texts (PostgreSQL manual, 5.8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Kind;

/// One privilege: its letter as `aclitem` prints it, and the word of `GRANT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Privilege(pub char);

impl Privilege {
    /// The word `GRANT` takes.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self.0 {
            'r' => "SELECT",
            'a' => "INSERT",
            'w' => "UPDATE",
            'd' => "DELETE",
            'D' => "TRUNCATE",
            'x' => "REFERENCES",
            't' => "TRIGGER",
            'm' => "MAINTAIN",
            'X' => "EXECUTE",
            'U' => "USAGE",
            'C' => "CREATE",
            'c' => "CONNECT",
            'T' => "TEMPORARY",
            's' => "SET",
            'A' => "ALTER SYSTEM",
            _ => "ALL",
        }
    }
}

/// What one role may do: each privilege with whether it may be passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grant(pub BTreeMap<char, bool>);

/// The privileges on an object, by role; the empty role is `PUBLIC`. Who granted them is not kept: they are given
/// again by the owner.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "BTreeMap<String, Grant>", try_from = "Form")]
pub struct Acl(pub BTreeMap<String, Grant>);

/// How an [`Acl`] may be written: as the server's text, or as it is saved.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Map(BTreeMap<String, Grant>),
}

impl TryFrom<Form> for Acl {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        match form {
            Form::Text(text) => Self::parse(&text).ok_or_else(|| format!("not a list of privileges: {text}")),
            Form::Map(map) => Ok(Self(map)),
        }
    }
}

impl From<Acl> for BTreeMap<String, Grant> {
    fn from(acl: Acl) -> Self {
        acl.0
    }
}

impl Acl {
    /// Reads what `aclitem[]::text` prints. `None` for a text of another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        let mut acl = Self::default();
        for item in array_items(inner) {
            let (grantee, rest) = role(&item)?;
            let rest = rest.strip_prefix('=')?;
            let privileges = rest.split('/').next()?;
            let grant = acl.0.entry(grantee).or_default();
            read_letters(privileges, grant);
        }
        acl.0.retain(|_, grant| !grant.0.is_empty());
        Some(acl)
    }

    /// What the server assumes while nothing was granted or revoked (`acldefault`): everything for the owner, and
    /// for `PUBLIC` what the manual's table 5.2 says.
    #[must_use]
    pub fn default_for(kind: Kind, owner: &str, major: u32) -> Self {
        let (own, public) = match kind {
            Kind::Table | Kind::View | Kind::MaterializedView => (if major >= 17 { "arwdDxtm" } else { "arwdDxt" }, ""),
            Kind::Sequence => ("rwU", ""),
            Kind::Function | Kind::Procedure | Kind::Aggregate => ("X", "X"),
            Kind::Language => ("U", "U"),
            Kind::Schema => ("UC", ""),
            Kind::Database => ("CTc", "Tc"),
            Kind::ForeignDataWrapper | Kind::Server => ("U", ""),
            kind if kind.is_type() => ("U", "U"),
            _ => ("", ""),
        };
        let mut acl = Self::default();
        acl.add(owner, own);
        acl.add("", public);
        acl
    }

    /// Adds privileges, by their letters, that may not be passed on.
    pub fn add(&mut self, role: &str, privileges: &str) {
        if privileges.is_empty() {
            return;
        }
        let grant = self.0.entry(role.to_owned()).or_default();
        for c in privileges.chars() {
            grant.0.entry(c).or_insert(false);
        }
    }
}

/// Adds what `privileges` lists; a star after a letter means that it may be passed on.
fn read_letters(privileges: &str, grant: &mut Grant) {
    let mut last = None;
    for c in privileges.chars() {
        if c == '*' {
            if let Some(last) = last {
                grant.0.insert(last, true);
            }
        } else {
            grant.0.entry(c).or_insert(false);
            last = Some(c);
        }
    }
}

/// The elements of an array's text, unquoted.
fn array_items(inner: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut quoted = false;
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            c => item.push(c),
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

/// The role at the start of an `aclitem`, quoted where it holds odd characters, and the rest.
fn role(item: &str) -> Option<(String, &str)> {
    let Some(quoted) = item.strip_prefix('"') else {
        let end = item.find('=')?;
        return Some((item[..end].to_owned(), &item[end..]));
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '"') {
            name.push('"');
            chars.next();
        } else {
            return Some((name, &quoted[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_prints() {
        let acl =
            Acl::parse(r#"{postgres=arwdDxt/postgres,=r/postgres,"\"odd \"\"role\"=r*w/postgres"}"#).expect("an acl");
        assert_eq!(acl.0["postgres"].0.len(), 7);
        assert_eq!(acl.0[""].0.iter().collect::<Vec<_>>(), [(&'r', &false)]);
        assert_eq!(acl.0["odd \"role"].0.iter().collect::<Vec<_>>(), [(&'r', &true), (&'w', &false)]);
        assert_eq!(Acl::parse("{}"), Some(Acl::default()));
        assert_eq!(Acl::parse("nonsense"), None);
    }

    #[test]
    fn defaults_follow_the_manual() {
        let acl = Acl::default_for(Kind::Function, "me", 17);
        assert_eq!(acl, Acl::parse("{=X/me,me=X/me}").expect("an acl"));
        assert!(!Acl::default_for(Kind::Table, "me", 16).0["me"].0.contains_key(&'m'));
    }
}
