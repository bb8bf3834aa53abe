//! Reading: never out of the root, never stuck, never a mixture of two versions.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]

use lodemap_base::RelPath;
use lodemap_disk::{FileRead, ReadError, Root};
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

fn rel(path: &str) -> RelPath {
    RelPath::parse(path).unwrap()
}

#[test]
fn only_regular_files_below_the_root() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("top");
    fs::create_dir_all(top.join("d")).unwrap();
    fs::write(dir.path().join("outside"), "secret").unwrap();
    fs::write(top.join("d/a"), "hello").unwrap();
    fs::write(top.join("empty"), "").unwrap();
    symlink("../outside", top.join("out")).unwrap();
    symlink("d/a", top.join("in")).unwrap();
    symlink("d", top.join("linked")).unwrap();
    symlink("loop", top.join("loop")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, top.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(top.join("socket")).unwrap();
    let root = Root::open(&top, false).unwrap();
    let read = |path: &str, max| root.read(&rel(path), max);

    let a = read("d/a", 5).unwrap();
    assert_eq!((&a.bytes[..], a.stamp.size, a.stamp.mode_exec), (&b"hello"[..], 5, false));
    assert!(read("empty", 0).unwrap().bytes.is_empty());
    assert!(matches!(read("d/a", 4), Err(ReadError::TooLarge { size: 5, .. })));
    for link in ["out", "in", "linked/a", "loop"] {
        assert!(matches!(read(link, 99), Err(ReadError::Symlink(_))), "{link}");
    }
    for special in ["d", "", "pipe", "socket"] {
        assert!(matches!(read(special, 99), Err(ReadError::NotRegular(_))), "{special:?}");
    }
    for missing in ["none", "d/a/b", "none/none"] {
        assert!(matches!(read(missing, 99), Err(ReadError::Missing(_))), "{missing}");
    }
    assert!(read("none", 9).unwrap_err().to_string().contains("none"));
}

/// Runs `write` again and again in another thread while the file `f` is read `times` times.
fn race(
    times: usize,
    write: impl Fn(&std::path::Path, u64) + Sync,
    judge: impl Fn(Result<FileRead, ReadError>),
) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 0);
    let root = Root::open(dir.path(), false).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                write(dir.path(), round);
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        // Set when an assertion fails, too: the writer would keep the test alive for ever.
        let _done = SetOnDrop(&done);
        for _ in 0..times {
            judge(root.read(&rel("f"), 1 << 20));
        }
    });
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const SIZE: usize = 256 << 10;

#[test]
fn a_replaced_file_is_one_version_or_the_other() {
    let write = |dir: &std::path::Path, round: u64| {
        fs::write(dir.join("new"), vec![b'A' + (round % 2) as u8; SIZE]).unwrap();
        fs::rename(dir.join("new"), dir.join("f")).unwrap();
    };
    race(500, write, |read| {
        let bytes = read.unwrap().bytes;
        assert!(bytes.len() == SIZE && bytes.iter().all(|b| *b == bytes[0]));
    });
}

/// Half of a write is a state of the file like any other while its writer waits for a core: two readings then agree
/// on it. It must be told to be too fresh to trust, so that it is read again.
#[test]
fn a_mixture_is_never_passed_off_as_settled() {
    let write = |dir: &std::path::Path, round: u64| {
        let file =
            fs::OpenOptions::new().write(true).create(true).truncate(false).open(dir.join("f")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &vec![b'A' + (round % 2) as u8; SIZE], 0).unwrap();
    };
    race(300, write, |read| match read {
        Ok(FileRead { bytes, racy, .. }) => {
            assert!(bytes.len() == SIZE && (racy || bytes.iter().all(|b| *b == bytes[0])))
        }
        Err(error) => assert!(matches!(error, ReadError::Unstable(_)), "{error}"),
    });
}

#[test]
fn a_file_swapped_for_a_link_never_leaks() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "secret").unwrap();
    let write = |dir: &std::path::Path, round: u64| {
        let new = dir.join("new");
        if round.is_multiple_of(2) {
            fs::write(&new, "fine").unwrap()
        } else {
            symlink(secret.path(), &new).unwrap()
        }
        fs::rename(&new, dir.join("f")).unwrap();
    };
    race(5000, write, |read| match read {
        Ok(read) => assert_eq!(read.bytes, b"fine"),
        Err(error) => assert!(matches!(error, ReadError::Symlink(_)), "{error}"),
    });
}
