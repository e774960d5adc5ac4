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
        let mut sha = Sha256::new();
        self.digest(&mut sha);
        hex::encode(sha.finalize())
    }

    pub(crate) fn digest(&self, sha: &mut Sha256) {
        // Maps are sorted and structures keep their order, so equal objects give equal texts.
        let text = serde_json::to_string(&self.comparable()).unwrap_or_default();
        sha.update(text.as_bytes());
        sha.update([0]);
    }

    fn comparable(&self) -> std::borrow::Cow<'_, Self> {
        let mut object = std::borrow::Cow::Borrowed(self);
        if let Body::Column(_) = self.body
            && let Body::Column(column) = &mut object.to_mut().body
        {
            column.position = 0;
        }
        object
    }
}

/// What an object is made of, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the structures say it")]
pub enum Body {
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
