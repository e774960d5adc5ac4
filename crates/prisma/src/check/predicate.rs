//! `where` of an index, which Prisma 7 has: the condition of a partial index.

use super::{Enum, Kind, Model};
use crate::args::Args;
use crate::ast::{Arg, Name, Value, ValueKind};
use crate::diagnostic::{Code, Report};
use crate::near;
use crate::render::{quote, text};
use crate::scalar::Scalar;

/// The condition as SQL, in brackets.
pub(super) fn read(
    model: &Model<'_>,
    enums: &[Enum<'_>],
    args: &mut Args<'_>,
    object: &str,
    report: &mut Report<'_>,
) -> Option<String> {
    let value = args.named("where")?;
    match &value.kind {
        ValueKind::Call(name, args) if name == "raw" => {
            if let [Arg { value: Value { kind: ValueKind::Text(sql), .. }, .. }] = args.as_slice()
                && !sql.is_empty()
            {
                let bracketed = sql.starts_with('(') && sql.ends_with(')');
                return Some(if bracketed { sql.clone() } else { format!("({sql})") });
            }
        }
        ValueKind::Object(entries) if !entries.is_empty() => {
            let conditions: Vec<_> =
                entries.iter().map(|(name, value)| condition(model, enums, name, value, object, report)).collect();
            let conditions: Option<Vec<String>> = conditions.into_iter().collect();
            return conditions.map(|conditions| format!("({})", conditions.join(" AND ")));
        }
        _ => {}
    }
    report.add(
        Code::Index,
        value.span,
        object,
        format!("`where` is {}", value.kind.describe()),
        "write SQL, `where: raw(\"price > 0\")`, or fields with their values, `where: { active: true }`",
    );
    None
}

/// `field: value`, `field: null` or `field: { not: value }`.
fn condition(
    model: &Model<'_>,
    enums: &[Enum<'_>],
    name: &Name,
    value: &Value,
    object: &str,
    report: &mut Report<'_>,
) -> Option<String> {
    let Some(field) = model.field(&name.text).map(|at| &model.fields[at]) else {
        let near = near::hint(&name.text, model.fields.iter().map(|field| field.ast.name.text.as_str()));
        let message = format!("`where` names the unknown field `{}`{near}", name.text);
        report.add(Code::UnknownField, name.span, object, message, "name fields of this block");
        return None;
    };
    if matches!(field.kind, Kind::Relation(_)) {
        let message = format!("`where` names the relation field `{}`, which has no column", name.text);
        report.add(Code::UnknownField, name.span, object, message, "name scalar fields");
        return None;
    }
    let (negated, compared) = match &value.kind {
        ValueKind::Object(entries) => match entries.as_slice() {
            [(key, value)] if key.text == "not" => (true, value),
            _ => {
                let help = "the only key is `not`: `{ not: null }`; for anything else write `raw(\"...\")`";
                report.add(
                    Code::Index,
                    value.span,
                    object,
                    format!("`where` has another object for `{}`", name.text),
                    help,
                );
                return None;
            }
        },
        _ => (false, value),
    };
    let column = quote(&field.db_name);
    let operator = if negated { "!=" } else { "=" };
    let sql = match (&field.kind, &compared.kind) {
        (_, ValueKind::Word(word)) if word == "null" => {
            return Some(format!("{column} IS {}NULL", if negated { "NOT " } else { "" }));
        }
        (Kind::Scalar(Scalar::Boolean), ValueKind::Word(word)) if word == "true" || word == "false" => word.clone(),
        (Kind::Scalar(Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal), ValueKind::Number(number)) => {
            number.clone()
        }
        (Kind::Scalar(Scalar::String | Scalar::DateTime), ValueKind::Text(string)) => text(string),
        (Kind::Enum(at), ValueKind::Text(label)) if enums[*at].values.iter().any(|(_, own)| own == label) => {
            text(label)
        }
        (Kind::Enum(at), _) => {
            let labels: Vec<String> = enums[*at].values.iter().map(|(_, label)| format!("\"{label}\"")).collect();
            let message = format!("`where` compares the enum `{}` with {}", name.text, compared.kind.describe());
            let help = format!("write a label of the database as a string: {}", labels.join(", "));
            report.add(Code::Index, compared.span, object, message, help);
            return None;
        }
        _ => {
            let message = format!("`where` compares `{}` with {}", name.text, compared.kind.describe());
            let help = "write a value of the field's type, or the condition as `raw(\"...\")`";
            report.add(Code::Index, compared.span, object, message, help);
            return None;
        }
    };
    Some(format!("{column} {operator} {sql}"))
}
