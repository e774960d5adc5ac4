//! SQLAlchemy models as a schema, through `examples/dentamind/backend/print_models.py`.
//!
//! They take Python with SQLAlchemy 2: `SUREFOOT_PYTHON`, else `python3`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use surefoot_testkit::{Cmd, Project, skip};

use crate::surefoot;

/// A Python with SQLAlchemy. CI makes one and names it; where it could not, the test is no failure.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("SUREFOOT_PYTHON").map(PathBuf::from);
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|dir| dir.join("python3")).find(|python| python.is_file()));
    let able = |python: &PathBuf| {
        let test = "import sqlalchemy; assert int(sqlalchemy.__version__.split('.')[0]) >= 2";
        Cmd::new(python).args(["-c", test]).run().code == Some(0)
    };
    match (named, found) {
        (Some(python), _) => {
            assert!(able(&python), "SUREFOOT_PYTHON has no SQLAlchemy 2");
            Some(python)
        }
        (None, Some(python)) if able(&python) => Some(python),
        _ if std::env::var_os("CI").is_some() => {
            eprintln!("\n******** SKIPPED: no Python with SQLAlchemy 2 could be installed ********\n");
            None
        }
        _ => {
            skip("no Python with SQLAlchemy 2 (pip install sqlalchemy, SUREFOOT_PYTHON)");
            None
        }
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dentamind")
}

fn run(project: &Project, args: &[&str]) -> Cmd {
    surefoot(project, args).env("PYTHONDONTWRITEBYTECODE", "1").timeout(Duration::from_secs(120))
}

#[test]
fn the_models_of_dentamind_are_what_its_migrations_lead_to() {
    let Some(python) = python() else { return };
    let project = Project::new();
    let example = example();
    let (folder, models) =
        (example.to_str().unwrap(), format!("cmd:cd backend && {} print_models.py models:Base", python.display()));
    let out = run(&project, &["diff", "-C", folder, "migrations", &models, "--on", "embedded"]).run().success();
    assert!(out.stdout.contains("are the same"), "{out}");
    // As `alembic revision --autogenerate`, with a model that has changed.
    let changed = models
        .replace("print_models.py models:Base", "print_models.py models:Base | sed 's/chair SMALLINT/chair INTEGER/'");
    let args = ["plan", "-C", folder, "--to", &changed, "--on", "embedded", "--format", "sql"];
    let out = run(&project, &args).run().code(2);
    assert_eq!(out.stdout, "ALTER TABLE public.appointments ALTER COLUMN chair TYPE integer;\n", "{out}");
    assert!(!example.join(".surefoot").exists());
}

const MODELS: &str = r#"
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, INET, JSONB, TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, mapped_column

Old = declarative_base(metadata=MetaData(schema="billing"))
mood = ENUM("ok", "b'ad", name="mood", schema="billing")

class Base(DeclarativeBase):
    pass

class Invoice(Old):
    __tablename__ = "invoices"
    id = Column(Integer, primary_key=True)
    mood = Column(mood)
    total = Column(Numeric(12, 2), CheckConstraint("total > 0"), info={"renamed_from": "amount"})
    share = Column(String, CheckConstraint("share LIKE '%5%'"), server_default="100%")
    tags = Column(ARRAY(Text), server_default="{}")
    data = Column(JSONB, server_default=text("'{}'::jsonb"))
    during = Column(TSTZRANGE)
    net = Column(Numeric, Computed("total * 0.8", persisted=True))
    __table_args__ = (
        ExcludeConstraint(("during", "&&"), using="gist", name="no_overlap"),
        {"comment": "it's 100%", "info": {"renamed_from": "bills"}},
    )

class A(Base):
    __tablename__ = "a"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("b.id", use_alter=True, name="a_b", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(INET)
    mood = mapped_column(mood)
    __table_args__ = (Index("a_part", "address", postgresql_where=text("b_id > 3"), postgresql_include=["b_id"]),)

class B(Base):
    __tablename__ = "b"
    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("a.id"))

event.listen(Base.metadata, "after_create", DDL("CREATE VIEW v AS SELECT id FROM b"))

def everything():
    return [Base, Old.metadata]
"#;

#[test]
fn hard_models_load_and_tell_their_renames() {
    let Some(python) = python() else { return };
    let script = std::fs::read_to_string(example().join("backend/print_models.py")).unwrap();
    let before = "CREATE SCHEMA billing;\nCREATE TYPE billing.mood AS ENUM ('ok', 'b''ad');\nCREATE TABLE billing.bills (id int PRIMARY KEY, amount numeric(12, 2));\n";
    let project = Project::new().file("app.py", MODELS).file("print_models.py", &script).file("before.sql", before);
    let command = |models: &str| format!("cmd:{} print_models.py {models}", python.display());
    let args = ["diff", "before.sql", &command("app:everything"), "--on", "embedded", "--prove"];
    let out = run(&project, &args).run().code(2);
    for wanted in [
        "→ table billing.bills is renamed to billing.invoices",
        "→ column billing.invoices.amount is renamed to billing.invoices.total",
        "+ view public.v",
        "share character varying DEFAULT '100%'",
        "COMMENT ON TABLE billing.invoices IS 'it''s 100%'",
        "EXCLUDE USING gist (during WITH &&)",
        "CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES public.b(id) ON DELETE CASCADE",
        "✓ proven",
    ] {
        assert!(out.stdout.contains(wanted), "{wanted}\n{out}");
    }
    let out = run(&project, &["diff", "before.sql", &command("app:nothing"), "--on", "embedded"]).run().code(1);
    assert!(out.stderr.contains("app has no nothing"), "{out}");
    let out = run(&project, &["diff", "before.sql", "cmd:true", "--on", "embedded"]).run().code(1);
    assert!(out.stderr.contains("`true` printed no SQL"), "{out}");
}
