//! What is known about a repository: what an indexer built on a compiler resolves in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lzma_rust2::XzReader;
use serde::Deserialize;

/// Everything known about one repository at one commit.
#[derive(Deserialize, Debug)]
pub(super) struct Truth {
    pub(super) lang: String,
    /// `OWNER+NAME` of the mirror.
    pub(super) source: String,
    pub(super) commit: String,
    /// The files that the indexer has read.
    pub(super) files: Vec<String>,
    pub(super) refs: Vec<Place>,
    pub(super) external: Vec<(String, u32, u32, String)>,
    pub(super) file_edges: Vec<(String, String)>,
}

/// A place where a name stands, and what it means: path, line from 1, column in bytes from 0, name; path, line and
/// kind of the definition; 1 for a call; and other definitions that are as good.
#[derive(Deserialize, Clone, Debug)]
pub(super) struct Place(
    pub(super) String,
    pub(super) u32,
    pub(super) u32,
    pub(super) String,
    pub(super) String,
    pub(super) u32,
    pub(super) String,
    pub(super) u8,
    pub(super) Vec<(String, u32)>,
);

const SUFFIX: &str = ".json.xz";

impl Truth {
    /// The files of a folder, by the name of their repository.
    pub(super) fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
        let list = fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
        let mut out = BTreeMap::new();
        for entry in list {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str().and_then(|n| n.strip_suffix(SUFFIX)) {
                out.insert(name.to_owned(), entry.path());
            }
        }
        if out.is_empty() {
            bail!("{} holds no NAME{SUFFIX}", folder.display());
        }
        Ok(out)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let read = || -> Result<Self> {
            let mut text = String::new();
            XzReader::new(BufReader::new(File::open(path)?), true).read_to_string(&mut text)?;
            Ok(serde_json::from_str(&text)?)
        };
        read().with_context(|| format!("{} cannot be read", path.display()))
    }
}
