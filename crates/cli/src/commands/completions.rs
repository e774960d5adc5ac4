//! `surefoot completions`.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::failure::{Code, Failure};
use crate::ui::Ui;

pub(crate) async fn run(ui: &Ui, args: Completions) -> Result<Code, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "surefoot", &mut out);
    ui.raw(&String::from_utf8_lossy(&out));
    Ok(Code::Done)
}
