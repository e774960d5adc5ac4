//! The arguments of an attribute, taken one by one; what is left over is wrong.

use crate::ast::{Attribute, Value, ValueKind};
use crate::diagnostic::{Code, Report};

/// Reads the arguments of one attribute.
#[derive(Debug)]
pub(crate) struct Args<'a> {
    attribute: &'a Attribute,
    /// ``field `A.x` ``
    object: &'a str,
    taken: Vec<bool>,
}

impl<'a> Args<'a> {
    pub(crate) fn new(attribute: &'a Attribute, object: &'a str) -> Self {
        Args { attribute, object, taken: vec![false; attribute.args.len()] }
    }

    /// The argument of this name.
    pub(crate) fn named(&mut self, name: &str) -> Option<&'a Value> {
        let attribute = self.attribute;
        let at = attribute.args.iter().position(|arg| arg.name.as_ref().is_some_and(|own| own.text == name))?;
        self.taken[at] = true;
        Some(&attribute.args[at].value)
    }

    /// The argument without a name, or else the one of this name.
    pub(crate) fn first(&mut self, name: &str) -> Option<&'a Value> {
        let attribute = self.attribute;
        match attribute.args.iter().position(|arg| arg.name.is_none()) {
            Some(at) => {
                self.taken[at] = true;
                Some(&attribute.args[at].value)
            }
            None => self.named(name),
        }
    }

    /// A string argument that is not empty.
    pub(crate) fn text(&mut self, name: &str, report: &mut Report<'_>) -> Option<&'a str> {
        let value = self.named(name)?;
        self.as_text(name, value, report)
    }

    /// A value as a string that is not empty.
    pub(crate) fn as_text(&self, name: &str, value: &'a Value, report: &mut Report<'_>) -> Option<&'a str> {
        match &value.kind {
            ValueKind::Text(text) if text.is_empty() => {
                report.add(Code::Name, value.span, self.object, format!("`{name}` is empty"), "write a name");
                None
            }
            ValueKind::Text(text) => Some(text),
            other => {
                let message = format!("`{name}` should be a string and is {}", other.describe());
                report.add(Code::Argument, value.span, self.object, message, "write it in double quotes");
                None
            }
        }
    }

    /// Reports what nobody took.
    pub(crate) fn finish(self, known: &[&str], report: &mut Report<'_>) {
        let left = self.attribute.args.iter().zip(&self.taken).filter(|(_, taken)| !**taken);
        for (arg, _) in left {
            let (span, message) = match &arg.name {
                Some(name) if known.contains(&name.text.as_str()) => {
                    (name.span, format!("`@{}` has the argument `{}` twice", self.attribute.name, name.text))
                }
                Some(name) => {
                    let near = crate::near::hint(&name.text, known.iter().copied());
                    (name.span, format!("`@{}` has no argument `{}`{near}", self.attribute.name, name.text))
                }
                None => {
                    (arg.value.span, format!("`@{}` does not take {}", self.attribute.name, arg.value.kind.describe()))
                }
            };
            let help = if known.is_empty() { "remove it".to_owned() } else { format!("it takes {}", known.join(", ")) };
            report.add(Code::Argument, span, self.object, message, help);
        }
    }
}
