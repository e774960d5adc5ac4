//! One object, and the list of what an object can be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::objects::*;
use crate::{Acl, Id};

/// One object of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// What it is called.
    pub id: Id,
    /// The role that owns it; `None` for kinds without an owner of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who may do what; `None` where nothing was granted or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its security labels, by provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What it is made of.
    pub body: Body,
}

impl Object {
    /// SHA-256 over its identity and everything that counts, in hexadecimal. The position of a column does not.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut text = Vec::new();
        self.write(&mut text);
        hex::encode(Sha256::digest(&text))
    }

    /// Writes what counts, followed by a zero byte.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        // Maps are sorted and structures keep their order, so equal objects give equal texts. Writing to memory does not
        // fail, and every key of a map is a text.
        let _ = serde_json::to_writer(&mut *out, self);
        if let Body::Column(_) = self.body
            && let Some(position) = position_in(&out[start..])
        {
            out.splice(start + position.start..start + position.end, *b"0");
        }
        out.push(0);
    }
}

/// Where the position stands in the text of a column.
fn position_in(text: &[u8]) -> Option<std::ops::Range<usize>> {
    // In a name or an expression the quotes would have a backslash before them.
    const BEFORE: &[u8] = br#","body":{"column":{"position":"#;
    let start = text.windows(BEFORE.len()).position(|w| w == BEFORE)? + BEFORE.len();
    let digits = text[start..].iter().take_while(|b| b.is_ascii_digit() || **b == b'-').count();
    Some(start..start + digits)
}

/// What an object is made of, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the structures say it")]
pub enum Body {
    Role(Role),
    Membership(Membership),
    Schema(Schema),
    Enum(Enum),
    Domain(Domain),
    Composite(Composite),
    Range(Range),
    Function(Function),
    Sequence(Sequence),
    SequenceOwner(SequenceOwner),
    Table(Table),
    Column(Box<Column>),
    Default(Default),
    Constraint(Constraint),
    Index(Index),
    Partition(Partition),
    View(View),
    MaterializedView(MaterializedView),
    Rule(Rule),
    Trigger(Trigger),
    Policy(Policy),
    Database(Database),
    Extension(Extension),
    Language(Language),
    AccessMethod(AccessMethod),
    ForeignDataWrapper(ForeignDataWrapper),
    Server(Server),
    UserMapping(UserMapping),
    Collation(Collation),
    Conversion(Conversion),
    BaseType(BaseType),
    TextSearchParser(TextSearchParser),
    TextSearchTemplate(TextSearchTemplate),
    TextSearchDictionary(TextSearchDictionary),
    TextSearchConfiguration(TextSearchConfiguration),
    Aggregate(Aggregate),
    Operator(Operator),
    OperatorFamily(OperatorFamily),
    OperatorClass(OperatorClass),
    Cast(Cast),
    Transform(Transform),
    Statistics(Statistics),
    EventTrigger(EventTrigger),
    Publication(Publication),
    Subscription(Subscription),
    DefaultPrivilege(DefaultPrivilege),
    Setting(Setting),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn column(position: i32, name: &str) -> Object {
        let body = format!(
            r#"{{"column":{{"position":{position},"type":"text","not_null":false,"usual_storage":"EXTENDED","options":[],
                "server_options":[],"inherited":false,"local":true}}}}"#
        );
        Object {
            id: Id::new(Kind::Table, "public", "t").part(Kind::Column, name),
            owner: None,
            acl: None,
            comment: Some(r#","body":{"column":{"position":7"#.into()),
            labels: BTreeMap::new(),
            body: serde_json::from_str(&body).expect("a column"),
        }
    }

    #[test]
    fn the_position_of_a_column_does_not_count() {
        assert_eq!(column(1, "a").hash(), column(12, "a").hash());
        assert_eq!(column(0, "a").hash(), column(-3, "a").hash());
        assert_ne!(column(1, "a").hash(), column(1, "b").hash());
        // What it was before the position was left out in the text.
        let text = serde_json::to_string(&column(0, "a")).expect("a text");
        assert_eq!(column(5, "a").hash(), hex::encode(Sha256::new().chain_update(text).chain_update([0]).finalize()));
    }
}
