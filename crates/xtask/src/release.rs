//! What is given to users: the binary, its completions and pages, and the licences of all that is in it.
//!
//! One archive for the machine that it is made on, equal for equal sources and compiler: names in order, no owner, the
//! time of the commit.

mod licences;
mod standard;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use serde_json::Value;

use crate::Outcome;

/// Makes the archive of a release.
#[derive(Parser)]
#[command(name = "cargo xtask release", disable_version_flag = true)]
struct Args {
    /// Where the archive and its checksum are written
    #[arg(long, value_name = "DIR", default_value = "target/release-archives")]
    out: PathBuf,
    /// The profile of cargo to build with; `dist` is the release without symbols
    #[arg(long, value_name = "NAME", default_value = "dist")]
    profile: String,
    /// Take this binary, and build none
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    binary: Option<PathBuf>,
}

const SHELLS: [(&str, &str); 5] = [
    ("bash", "lodemap.bash"),
    ("elvish", "lodemap.elv"),
    ("fish", "lodemap.fish"),
    ("powershell", "_lodemap.ps1"),
    ("zsh", "_lodemap"),
];

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    let Some(args) = crate::parse_args::<Args>(args)? else { return Ok(Outcome::Clean) };
    let host = host(root)?;
    let metadata = metadata(root, &host)?;
    let binary = match &args.binary {
        Some(binary) => root.join(binary),
        None => build(root, &args.profile, &metadata)?,
    };
    let name = format!("lodemap-{}-{host}", env!("CARGO_PKG_VERSION"));
    let archive = bundle(root, &binary, &metadata, &name, &root.join(&args.out))?;
    println!(
        "{}: {} bytes, sha256 {}",
        archive.path.display(),
        fs::metadata(&archive.path)?.len(),
        archive.sum
    );
    Ok(Outcome::Clean)
}

/// Builds the binary, and tells where it is.
fn build(root: &Path, profile: &str, metadata: &Value) -> Result<PathBuf> {
    let build = ["build", "--locked", "--package", "lodemap-cli", "--profile", profile];
    ensure!(cargo(root, &build).status()?.success(), "lodemap cannot be built");
    let folder = if profile == "dev" { "debug" } else { profile };
    let target = metadata["target_directory"].as_str().context("cargo names no target folder")?;
    Ok(Path::new(target).join(folder).join("lodemap"))
}

/// What is given to users.
struct Archive {
    path: PathBuf,
    /// Its checksum, which also lies beside it.
    sum: String,
}

/// Puts the archive of a binary, with all that goes with it, into a folder.
fn bundle(root: &Path, binary: &Path, metadata: &Value, name: &str, out: &Path) -> Result<Archive> {
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let stage = temporary.path().join(name);
    for folder in ["completions", "man", "licences"] {
        fs::create_dir_all(stage.join(folder)).with_context(|| format!("{folder} cannot be made"))?;
    }
    copy(binary, &stage.join("lodemap"))?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root.join(file), &stage.join(file))?;
    }
    for (shell, file) in SHELLS {
        write(&stage.join("completions").join(file), &output(binary, &["completions", shell])?)?;
    }
    write(&stage.join("man/lodemap.1"), &output(binary, &["man"])?)?;
    let command = lodemap_cli::command();
    for name in command.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help") {
        write(&stage.join(format!("man/lodemap-{name}.1")), &output(binary, &["man", name])?)?;
    }
    let without = licences::collect(metadata, &stage)?;
    without.iter().for_each(|package| println!("{package}: no licence file; the standard text is put in"));

    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let path = out.join(format!("{name}.tar.gz"));
    pack(temporary.path(), name, &path, &commit_time(root))?;
    let sum = output(Path::new("sha256sum"), &[&path.display().to_string()])?;
    let sum = String::from_utf8_lossy(&sum);
    let sum = sum.split_whitespace().next().context("sha256sum gave no sum")?.to_owned();
    write(&out.join(format!("{name}.tar.gz.sha256")), format!("{sum}  {name}.tar.gz\n").as_bytes())?;
    Ok(Archive { path, sum })
}

fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(args);
    command
}

/// The machine that rustc builds for.
fn host(root: &Path) -> Result<String> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let about = rustc.current_dir(root).arg("-vV").output().context("rustc could not be started")?;
    let about = String::from_utf8_lossy(&about.stdout).into_owned();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not tell its host")?.to_owned())
}

fn metadata(root: &Path, host: &str) -> Result<Value> {
    let args = ["metadata", "--locked", "--format-version", "1", "--filter-platform", host];
    let output = cargo(root, &args).output().context("cargo metadata could not be started")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The seconds at which the commit was made; 0 where there is none.
fn commit_time(root: &Path) -> String {
    let mut git = crate::replay::bare_command();
    let output = git.arg("-C").arg(root).args(["log", "-1", "--format=%ct"]).output();
    let time = output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    if time.is_empty() { "0".to_owned() } else { time }
}

fn pack(folder: &Path, name: &str, archive: &Path, time: &str) -> Result<()> {
    let tar = Command::new("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go+r,go-w"])
        .arg(format!("--mtime=@{time}"))
        // gzip writes the time of its own start, unless it is told not to.
        .args(["--use-compress-program", "gzip -9n", "-cf"])
        .arg(archive)
        .arg("-C")
        .arg(folder)
        .arg(name)
        .status()
        .context("tar could not be started")?;
    ensure!(tar.success(), "the archive cannot be written");
    Ok(())
}

fn output(program: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(program).args(args).output();
    let output = output.with_context(|| format!("{} could not be started", program.display()))?;
    if !output.status.success() {
        bail!("{} {}: {}", program.display(), args.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}

fn write(to: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(to, bytes).with_context(|| format!("{} cannot be written", to.display()))
}
