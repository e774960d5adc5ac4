//! A schema in stages: rows go in between, so that no index, key or trigger stands in their way.

use surefoot_catalog::objects::{ConstraintKind, MaterializedView};
use surefoot_catalog::{Body, Catalog, Kind, Object};
use surefoot_diff::{Options, Script, diff};

use crate::schema::blank;
use crate::{Error, Result};

/// How many stages there are: what rows need, what is quicker or only possible after them, and what needs all rows to
/// be in their places.
pub(crate) const STAGES: usize = 3;

/// The statements that make a schema in an empty database, in stages, with the stage each object is made in.
pub(crate) struct Staged {
    pub(crate) scripts: [Script; STAGES],
    catalog: Catalog,
    stages: Vec<usize>,
}

impl Staged {
    /// The stage a table is made in.
    pub(crate) fn of_table(&self, schema: &str, name: &str) -> usize {
        let id = surefoot_catalog::Id::new(Kind::Table, schema, name);
        self.catalog.position(&id).map_or(0, |i| self.stages[i])
    }
}

/// Parts a schema.
pub(crate) fn stages(catalog: &Catalog, options: &Options) -> Result<Staged> {
    // Another server has another version of an extension, and its rows fit that one too.
    let catalog = catalog.rewritten(|object| {
        let mut object = object.clone();
        if let Body::Extension(extension) = &mut object.body {
            extension.version.clear();
        }
        Some(object)
    });
    let catalog = &catalog;
    let mut stages: Vec<usize> =
        (0..catalog.objects().len()).map(|i| own_stage(catalog, i, &catalog.objects()[i])).collect();
    // What stands on something comes no sooner.
    loop {
        let mut moved = false;
        for i in 0..stages.len() {
            let needed = catalog.depends_on(i).iter().map(|to| stages[*to as usize]).max().unwrap_or(0);
            if needed > stages[i] {
                stages[i] = needed;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let upto = |stage: usize| {
        catalog.rewritten(|object| {
            let at = catalog.position(&object.id).map_or(0, |i| stages[i]);
            (at <= stage).then(|| at_stage(object, stage))
        })
    };
    let order = |e: surefoot_diff::Error| Error::Schema { code: "no-order", message: e.to_string(), hint: e.hint() };
    let (first, second) = (upto(0), upto(1));
    let mut scripts = [
        diff(&blank(catalog), &first, options).map_err(order)?,
        diff(&first, &second, options).map_err(order)?,
        diff(&second, catalog, options).map_err(order)?,
    ];
    for step in scripts.iter_mut().flat_map(|s| &mut s.steps).filter(|s| s.object.kind == Kind::Extension) {
        // One that an administrator has made is as good.
        if let Some(rest) = step.sql.strip_prefix("CREATE EXTENSION ").filter(|rest| !rest.starts_with("IF NOT")) {
            step.sql = format!("CREATE EXTENSION IF NOT EXISTS {rest}");
        }
    }
    Ok(Staged { scripts, catalog: catalog.clone(), stages })
}

fn own_stage(catalog: &Catalog, position: usize, object: &Object) -> usize {
    match &object.body {
        Body::Constraint(constraint) => match constraint.sort {
            ConstraintKind::ForeignKey => 2,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion => 1,
            // A check that was not made for the rows that are there would be made for them when they come; one by a
            // function may look at rows that are not there yet.
            ConstraintKind::Check => {
                let by_function = catalog
                    .depends_on(position)
                    .iter()
                    .any(|to| matches!(catalog.objects()[*to as usize].id.kind, Kind::Function | Kind::Aggregate));
                usize::from(!constraint.validated || by_function)
            }
        },
        Body::Index(_) | Body::Statistics(_) | Body::Rule(_) | Body::Policy(_) | Body::Partition(_) => 1,
        // Foreign keys and materialized views look at rows in all partitions.
        Body::Trigger(_)
        | Body::EventTrigger(_)
        | Body::Publication(_)
        | Body::Subscription(_)
        | Body::MaterializedView(MaterializedView { .. }) => 2,
        _ => 0,
    }
}

/// Row-level security would hide rows from whoever puts them in.
fn at_stage(object: &Object, stage: usize) -> Object {
    let mut object = object.clone();
    if stage == 0
        && let Body::Table(table) = &mut object.body
    {
        table.row_security = false;
        table.force_row_security = false;
    }
    object
}
