//! `bistro completions` and `bistro man`: what a shell and a reader of manuals want to know.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::{self, Arguments, client};
use crate::command::house::say;
use crate::command::table::print;

/// What the program is called in a shell.
const NAME: &str = "bistro";

/// Prints the completions of a shell.
///
/// # Errors
/// Nobody takes them.
pub(super) fn completions(arguments: &client::Completions) -> Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), NAME, &mut text);
    print(&String::from_utf8(text).context("the completions are no text")?)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a page of the manual, or writes all of them.
///
/// # Errors
/// There is no such command, or a page cannot be written.
pub(super) fn man(arguments: &client::Man) -> Result<ExitCode> {
    let mut program = Arguments::command();
    program.build();
    if let Some(directory) = &arguments.dir {
        let written = write_all(&program, directory)?;
        say(&format!("{written} pages are in {}", directory.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = &program;
    for name in &arguments.command {
        let Some(inner) = command.find_subcommand(name) else {
            let message = format!("`{}` has no command `{name}`", command.get_name());
            return Err(cli::usage("man", &message).into());
        };
        command = inner;
    }
    print(&page(command)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the page of a command and of all below it. How many they are.
fn write_all(command: &Command, directory: &Path) -> Result<usize> {
    let name = display_name(command).replace(' ', "-");
    let path = directory.join(format!("{name}.1"));
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    fs::write(&path, page(command)?).with_context(|| format!("cannot write {}", path.display()))?;
    let mut written = 1;
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        written += write_all(inner, directory)?;
    }
    Ok(written)
}

fn page(command: &Command) -> Result<String> {
    let name = display_name(command).replace(' ', "-");
    let mut text = Vec::new();
    Man::new(command.clone()).title(name).render(&mut text)?;
    String::from_utf8(text).context("the page is no text")
}

fn display_name(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}
