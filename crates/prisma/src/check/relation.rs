//! Relation fields, paired with their other ends.

use super::declare::is_list;
use super::{Db, Field, Kind, Model, Relation};
use crate::ast::Arity;
use crate::diagnostic::{Code, Report};

/// Pairs all relation fields. Relations come in the order of their first field.
pub(super) fn pair(db: &Db<'_>, report: &mut Report<'_>) -> Vec<Relation> {
    let mut relations = Vec::new();
    for (at, model) in db.models.iter().enumerate() {
        for (field_at, field) in model.fields.iter().enumerate() {
            let Kind::Relation(target) = field.kind else {
                continue;
            };
            if ambiguous(db, at, field_at, target, report) {
                continue;
            }
            let Some(opposite) = opposite(db, at, field_at, target) else {
                missing_end(db, at, field_at, target, report);
                continue;
            };
            let end = End { db, model: at, field: field_at, target, opposite };
            relations.extend(match (is_list(field), is_list(end.other())) {
                (true, true) => end.join(report),
                (true, false) => {
                    end.virtual_side(report);
                    None
                }
                (false, true) => end.key(report),
                (false, false) => end.one_to_one(report),
            });
        }
    }
    relations
}

/// The field of `target` that is the other end: of the same relation name, and not the field itself.
fn opposite(db: &Db<'_>, model: usize, field: usize, target: usize) -> Option<usize> {
    let own = &db.models[model].fields[field];
    db.models[target].fields.iter().enumerate().position(|(at, other)| {
        other.kind == Kind::Relation(model) && other.ends.name == own.ends.name && (target != model || at != field)
    })
}

/// Whether another field of the model could be the same relation; reported once, at the later one.
fn ambiguous(db: &Db<'_>, model: usize, field: usize, target: usize, report: &mut Report<'_>) -> bool {
    let own = &db.models[model];
    let name = &own.fields[field].ends.name;
    let alike: Vec<usize> = (0..own.fields.len())
        .filter(|at| own.fields[*at].kind == Kind::Relation(target) && own.fields[*at].ends.name == *name)
        .collect();
    // Both ends of a relation of a model to itself are fields of that model.
    let allowed = if target == model { 2 } else { 1 };
    let unnamed_self = target == model && name.is_none() && alike.len() == 2;
    if alike.len() <= allowed && !unnamed_self {
        return false;
    }
    if alike.last() == Some(&field) {
        report.add(
            Code::AmbiguousRelation,
            own.fields[field].span(),
            own.field_object(field),
            format!(
                "the fields {} all refer to `{}`, and nothing says which belongs to which end",
                own.field_names(&alike),
                db.models[target].name()
            ),
            "give each relation a name, the same at both ends: `@relation(\"name\")`",
        );
    }
    true
}

fn missing_end(db: &Db<'_>, model: usize, field: usize, target: usize, report: &mut Report<'_>) {
    let (own, other) = (&db.models[model], &db.models[target]);
    let near = other.fields.iter().find(|field| field.kind == Kind::Relation(model));
    let back = if is_list(&own.fields[field]) { own.name().to_owned() } else { format!("{}[]", own.name()) };
    let help = match (near, &own.fields[field].ends.name) {
        (Some(field), _) if target != model => format!(
            "the field `{}` of `{}` belongs to another relation: compare the names",
            field.ast.name.text,
            other.name()
        ),
        (_, Some(name)) => format!("add a field of type {back} to `{}`, with `@relation(\"{name}\")`", other.name()),
        (_, None) => format!("add a field of type {back} to `{}`", other.name()),
    };
    report.add(
        Code::Relation,
        own.fields[field].span(),
        own.field_object(field),
        format!("the relation has no other end: {} has no field for it", other.object()),
        help,
    );
}

/// A relation field with its other end.
struct End<'d, 'a> {
    db: &'d Db<'a>,
    model: usize,
    field: usize,
    target: usize,
    opposite: usize,
}

impl<'d, 'a> End<'d, 'a> {
    fn own_model(&self) -> &'d Model<'a> {
        &self.db.models[self.model]
    }

    fn target_model(&self) -> &'d Model<'a> {
        &self.db.models[self.target]
    }

    fn own(&self) -> &'d Field<'a> {
        &self.own_model().fields[self.field]
    }

    fn other(&self) -> &'d Field<'a> {
        &self.target_model().fields[self.opposite]
    }

    fn refuse(&self, report: &mut Report<'_>, message: impl Into<String>, help: impl Into<String>) {
        let span = self.own().ends.span.unwrap_or(self.own().span());
        report.add(Code::Relation, span, self.own_model().field_object(self.field), message, help);
    }

    /// Many to many. Seen from both ends, made from the one that comes first by name.
    fn join(&self, report: &mut Report<'_>) -> Option<Relation> {
        let ends = &self.own().ends;
        if ends.fields.is_some() || ends.references.is_some() {
            self.refuse(
                report,
                "a relation of two lists has no `fields` and no `references`",
                "remove them, or write a model for the table between the two",
            );
        }
        if ends.on_delete.is_some() || ends.on_update.is_some() {
            self.refuse(
                report,
                "a relation of two lists has no referential actions",
                "remove them, or write a model for the table between the two",
            );
        }
        if self.target_model().id.as_ref().is_none_or(|id| id.fields.len() != 1) {
            self.refuse(
                report,
                format!("{} has no primary key of one field to refer to", self.target_model().object()),
                "give it an `@id`, or write a model for the table between the two",
            );
        }
        let (a, b) = ((self.model, self.field), (self.target, self.opposite));
        let first = (self.own_model().name(), &self.own().ast.name.text)
            <= (self.target_model().name(), &self.other().ast.name.text);
        let name = match &ends.name {
            Some(name) => name.clone(),
            None => format!("{}To{}", self.own_model().name(), self.target_model().name()),
        };
        first.then_some(Relation::Join { a, b, name })
    }

    /// The end that only the client sees.
    fn virtual_side(&self, report: &mut Report<'_>) {
        let ends = &self.own().ends;
        if ends.fields.is_some() || ends.references.is_some() || ends.on_delete.is_some() || ends.on_update.is_some() {
            self.refuse(
                report,
                "this end of the relation holds no key",
                format!(
                    "move the arguments to the field `{}.{}`",
                    self.target_model().name(),
                    self.other().ast.name.text
                ),
            );
        }
    }

    fn one_to_one(&self, report: &mut Report<'_>) -> Option<Relation> {
        let (own, other) = (&self.own().ends, &self.other().ends);
        let holds = own.fields.is_some() || own.references.is_some();
        let other_holds = other.fields.is_some() || other.references.is_some();
        let place = format!("`{}.{}`", self.target_model().name(), self.other().ast.name.text);
        match (holds, other_holds) {
            (true, true) => {
                self.refuse(
                    report,
                    format!("both ends of the relation hold a key: {place} too"),
                    "keep `fields` and `references` at one end",
                );
                None
            }
            (false, true) => {
                if self.own().ast.arity == Arity::Required {
                    self.refuse(
                        report,
                        format!("the key is held by {place}, so there may be no such row, and this field is required"),
                        "make it optional with `?`",
                    );
                }
                if own.on_delete.is_some() || own.on_update.is_some() {
                    self.refuse(
                        report,
                        "this end of the relation holds no key",
                        format!("move the referential actions to {place}"),
                    );
                }
                None
            }
            (false, false) => {
                // Reported once, at the end that comes first.
                if (self.model, self.field) <= (self.target, self.opposite) {
                    self.refuse(report, "neither end of the relation holds its key", "add `@relation(fields: [...], references: [...])` to the field whose table shall have the column");
                }
                None
            }
            (true, false) => {
                let relation = self.key(report)?;
                let fields = own.fields.as_deref().unwrap_or_default();
                if !identifies(self.own_model(), fields, true) {
                    let help = match fields {
                        [_] => "add `@unique` to that field, or make the other end a list".to_owned(),
                        _ => format!(
                            "add `@@unique([{}])`, or make the other end a list",
                            self.own_model().field_names(fields)
                        ),
                    };
                    self.refuse(
                        report,
                        format!(
                            "the relation is one to one, and several rows can have the same {}",
                            self.own_model().field_names(fields)
                        ),
                        help,
                    );
                }
                Some(relation)
            }
        }
    }

    /// The end that holds the key.
    fn key(&self, report: &mut Report<'_>) -> Option<Relation> {
        let ends = &self.own().ends;
        let target = self.target_model();
        let (Some(fields), Some(references)) = (&ends.fields, &ends.references) else {
            let missing = match (&ends.fields, &ends.references) {
                (None, None) => "`fields` and `references`",
                (None, _) => "`fields`",
                _ => "`references`",
            };
            self.refuse(
                report,
                format!("the relation to {} does not say its {missing}", target.object()),
                "write `@relation(fields: [the columns here], references: [the columns there])`",
            );
            return None;
        };
        if fields.is_empty() || references.is_empty() {
            // Names that do not exist have been reported; what is left is an empty list.
            if report.is_clean() {
                self.refuse(report, "`fields` or `references` is empty", "name at least one field in each");
            }
            return None;
        }
        if fields.len() != references.len() {
            self.refuse(
                report,
                format!("`fields` names {} and `references` {}", count(fields.len()), count(references.len())),
                "name as many in each",
            );
            return None;
        }
        for (here, there) in fields.iter().zip(references) {
            let (here, there) = (&self.own_model().fields[*here], &target.fields[*there]);
            if here.kind != there.kind && here.kind != Kind::Unknown && there.kind != Kind::Unknown {
                self.refuse(
                    report,
                    format!(
                        "the field `{}` is of another type than `{}.{}`, to which it refers",
                        here.ast.name.text,
                        target.name(),
                        there.ast.name.text
                    ),
                    "give both the same type",
                );
            }
        }
        let optional = fields.iter().any(|field| self.own_model().fields[*field].ast.arity == Arity::Optional);
        if self.own().ast.arity == Arity::Required && optional {
            self.refuse(
                report,
                format!("the relation is required, and of {} one can be null", self.own_model().field_names(fields)),
                "make the relation optional with `?`, or the columns required",
            );
        }
        if !identifies(target, references, false) {
            let names = target.field_names(references);
            let help = match references.as_slice() {
                [_] => format!("add `@unique` to the field `{names}` of `{}`", target.name()),
                _ => format!("add `@@unique([{names}])` to `{}`", target.name()),
            };
            self.refuse(
                report,
                format!("`references` names {names} of `{}`, and several rows can have the same", target.name()),
                help,
            );
        }
        Some(Relation::Key { model: self.model, field: self.field })
    }
}

/// Whether these fields, in any order, are a key of the model. A foreign key cannot refer to a
/// partial one.
fn identifies(model: &Model<'_>, fields: &[usize], partial: bool) -> bool {
    let sorted = |fields: &[usize]| {
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields
    };
    let wanted = sorted(fields);
    let keys = model.id.iter().map(|id| id.fields.clone());
    let indexes = model
        .indexes
        .iter()
        .filter(|index| index.unique && (partial || index.predicate.is_none()))
        .map(super::Index::fields);
    keys.chain(indexes).any(|key| sorted(&key) == wanted)
}

fn count(fields: usize) -> String {
    if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") }
}
