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

/// The privileges on an object; the empty role is `PUBLIC`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Acl {
    /// What the owner gave, by role.
    pub own: BTreeMap<String, Grant>,
    /// What those gave who may pass it on: by the role that gave, then by the one that got it.
    pub passed_on: BTreeMap<String, BTreeMap<String, Grant>>,
}

/// How an [`Acl`] may be written: as the server's text, or as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Full { own: BTreeMap<String, Grant>, passed_on: BTreeMap<String, BTreeMap<String, Grant>> },
    Map(BTreeMap<String, Grant>),
}

impl TryFrom<Form> for Acl {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        match form {
            Form::Text(text) => Self::parse(&text).ok_or_else(|| format!("not a list of privileges: {text}")),
            Form::Full { own, passed_on } => Ok(Self { own, passed_on }),
            Form::Map(own) => Ok(Self { own, ..Self::default() }),
        }
    }
}

impl From<Acl> for Form {
    fn from(acl: Acl) -> Self {
        let Acl { own, passed_on } = acl;
        if passed_on.is_empty() { Self::Map(own) } else { Self::Full { own, passed_on } }
    }
}

impl Acl {
    /// Reads what `aclitem[]::text` prints. `None` for a text of another form. The text does not say which role is the
    /// owner: [`Acl::owned_by`] does.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        let mut acl = Self::default();
        for item in array_items(inner) {
            let (grantee, rest) = role(&item)?;
            let rest = rest.strip_prefix('=')?;
            let (privileges, grantor) = rest.split_once('/')?;
            if privileges.is_empty() {
                continue;
            }
            let by = acl.passed_on.entry(unquoted(grantor)).or_default();
            read_letters(privileges, by.entry(grantee).or_default());
        }
        Some(acl)
    }

    /// The same list, with what this role gave as its own. Without an owner everything is taken for the owner's.
    #[must_use]
    pub fn owned_by(mut self, owner: Option<&str>) -> Self {
        let given = std::mem::take(&mut self.passed_on);
        for (by, grants) in given {
            if owner.is_none_or(|owner| owner == by) {
                for (role, grant) in grants {
                    let held = self.own.entry(role).or_default();
                    for (privilege, grantable) in grant.0 {
                        *held.0.entry(privilege).or_insert(grantable) |= grantable;
                    }
                }
            } else {
                self.passed_on.insert(by, grants);
            }
        }
        self
    }

    /// What becomes of it when the object gets another owner (`aclnewowner` in the server).
    pub fn hand_on(&mut self, from: &str, to: &str) {
        if from == to {
            return;
        }
        let grants =
            self.passed_on.remove(to).into_iter().flatten().chain(self.own.remove(from).map(|g| (to.into(), g)));
        for (role, grant) in grants {
            let held = self.own.entry(role).or_default();
            for (privilege, grantable) in grant.0 {
                *held.0.entry(privilege).or_insert(grantable) |= grantable;
            }
        }
    }

    /// Those who passed something on, each after the one from whom they may.
    #[must_use]
    pub fn chain(&self) -> Vec<&String> {
        let mut out: Vec<&String> = Vec::new();
        let may = |grants: &BTreeMap<String, Grant>, role: &String| {
            grants.get(role).is_some_and(|grant| grant.0.values().any(|grantable| *grantable))
        };
        while out.len() < self.passed_on.len() {
            let next = self.passed_on.keys().find(|role| {
                let given = may(&self.own, role) || out.iter().any(|by| may(&self.passed_on[*by], role));
                !out.contains(role) && given
            });
            match next {
                Some(role) => out.push(role),
                None => {
                    let rest: Vec<&String> = self.passed_on.keys().filter(|role| !out.contains(role)).collect();
                    out.extend(rest);
                }
            }
        }
        out
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
        let grant = self.own.entry(role.to_owned()).or_default();
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

/// A role at the end of an `aclitem`.
fn unquoted(role: &str) -> String {
    match role.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => role.to_owned(),
    }
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
        let acl = acl.owned_by(Some("postgres"));
        assert!(acl.passed_on.is_empty());
        assert_eq!(acl.own["postgres"].0.len(), 7);
        assert_eq!(acl.own[""].0.iter().collect::<Vec<_>>(), [(&'r', &false)]);
        assert_eq!(acl.own["odd \"role"].0.iter().collect::<Vec<_>>(), [(&'r', &true), (&'w', &false)]);
        assert_eq!(Acl::parse("{}"), Some(Acl::default()));
        assert_eq!(Acl::parse("nonsense"), None);
    }

    #[test]
    fn keeps_who_passed_a_privilege_on() {
        let text = r#"{me=arw/me,"\"a/b\"=r*/me","c=r/\"a/b\""}"#;
        let acl = Acl::parse(text).expect("an acl").owned_by(Some("me"));
        assert_eq!(acl.own.keys().collect::<Vec<_>>(), ["a/b", "me"]);
        assert_eq!(acl.passed_on["a/b"]["c"].0.iter().collect::<Vec<_>>(), [(&'r', &false)]);
        let longer = Acl::parse("{me=r/me,z=r*/me,a=r/b,b=r*/z}").expect("an acl").owned_by(Some("me"));
        assert_eq!(longer.chain(), ["z", "b"]);
        let saved = serde_json::to_string(&acl).expect("json");
        assert_eq!(serde_json::from_str::<Acl>(&saved).expect("an acl"), acl);
        // What was saved before this was kept.
        let old: Acl = serde_json::from_str(r#"{"own":{"r":false}}"#).expect("an acl");
        assert_eq!(old.own.keys().collect::<Vec<_>>(), ["own"]);
        assert!(acl.owned_by(None).passed_on.is_empty());
    }

    #[test]
    fn another_owner_gives_what_both_gave() {
        let mut acl = Acl::parse("{me=r/me,you=r*/me,them=r/you}").expect("an acl").owned_by(Some("me"));
        acl.hand_on("me", "you");
        assert_eq!(acl.own.keys().collect::<Vec<_>>(), ["them", "you"]);
        assert!(acl.passed_on.is_empty());
    }

    #[test]
    fn defaults_follow_the_manual() {
        let acl = Acl::default_for(Kind::Function, "me", 17);
        assert_eq!(acl, Acl::parse("{=X/me,me=X/me}").expect("an acl").owned_by(Some("me")));
        assert!(!Acl::default_for(Kind::Table, "me", 16).own["me"].0.contains_key(&'m'));
    }
}
