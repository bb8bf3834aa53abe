//! A settings file below the root: read, and written as a whole or not at all.
//!
//! The one place that writes into a repository, because the user asked for just that. Links are not followed: whoever
//! made the repository could have placed one.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Larger files are no settings.
const MOST: u64 = 4 << 20;

/// Why a file was left as it is.
#[derive(Debug)]
pub(crate) enum SetupError {
    /// It is not what it should be; what it is instead.
    Refused(String),
    /// It could not be read or written.
    Io(io::Error),
}

impl From<io::Error> for SetupError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A file below a root.
pub(crate) struct Place {
    path: PathBuf,
    /// Relative to the root, as it is named.
    pub(crate) name: &'static str,
}

impl Place {
    /// The first of `names` that is there, else the first.
    pub(crate) fn of(root: &Path, names: &'static [&'static str]) -> Result<Self, SetupError> {
        let there = names.iter().find(|name| root.join(name).symlink_metadata().is_ok());
        let name = there.or(names.first()).copied().unwrap_or_default();
        let mut folder = root.to_path_buf();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            match folder.symlink_metadata() {
                Ok(meta) if !meta.is_dir() => {
                    return Err(SetupError::Refused(format!("{} is no folder", part.as_os_str().display())));
                }
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::NotFound => break,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Self { path: root.join(name), name })
    }

    /// Its text; empty where there is no such file.
    pub(crate) fn read(&self) -> Result<String, SetupError> {
        match self.path.symlink_metadata() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(e) => return Err(e.into()),
            Ok(meta) if !meta.is_file() => return Err(SetupError::Refused("it is no regular file".into())),
            Ok(meta) if meta.len() > MOST => return Err(SetupError::Refused("it is too large".into())),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(MOST).read_to_end(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| SetupError::Refused("it is not UTF-8".into()))
    }

    /// Puts a text in its place, all at once; who may read it stays as it is.
    pub(crate) fn write(&self, text: &str) -> Result<(), SetupError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if folder.symlink_metadata().is_err() {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        }
        let mode = self.path.symlink_metadata().map_or(0o644, |meta| meta.permissions().mode() & 0o7777);
        let mut file = tempfile::Builder::new().prefix(".lodemap-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|e| e.error)?;
        Ok(())
    }
}
