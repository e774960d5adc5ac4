//! What each kind of object is made of: one file per kind, of the same name in `introspect` and `diff`.

mod column;
mod constraint;
mod function;
mod index;
mod policy;
mod rule;
mod schema;
mod sequence;
mod table;
mod trigger;
mod types;
mod view;

pub use column::{Column, Default, Generated, Identity};
pub use constraint::{Constraint, ConstraintKind};
pub use function::Function;
pub use index::Index;
pub use policy::Policy;
pub use rule::Rule;
pub use schema::Schema;
pub use sequence::{Sequence, SequenceOwner, SequenceSettings};
pub use table::{Partition, Persistence, ReplicaIdentity, Table, TableKind};
pub use trigger::Trigger;
pub use types::{Attribute, Composite, Domain, DomainConstraint, Enum, Range};
pub use view::{MaterializedColumn, MaterializedView, View, ViewColumn};
