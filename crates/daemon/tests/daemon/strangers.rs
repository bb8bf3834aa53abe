//! Another user of the machine: gets nothing, and gives nothing that is believed.
//!
//! Needs a superuser, who can be somebody else for the length of a thread; skipped with a message otherwise.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lodemap_daemon::{Client, Place, ServeError, ServeOptions, serve};
use lodemap_wire::frame;
use rustix::fs::{Gid, Uid};

use crate::bed::{Bed, LONG};

/// Nobody, on most systems; anybody but us on all.
const STRANGER: u32 = 65534;

/// Whether the tests can be somebody else.
fn can_be_another() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("skipped: only a superuser can be another user");
    }
    is_root
}

/// Does something as another user: the system keeps who somebody is by thread.
fn as_stranger<T: Send>(what: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let (gid, uid) = (Gid::from_raw(STRANGER), Uid::from_raw(STRANGER));
            rustix::thread::set_thread_groups(&[]).unwrap();
            rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            what()
        });
        thread.join().unwrap()
    })
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn give_away(path: &Path) {
    rustix::fs::chown(path, Some(Uid::from_raw(STRANGER)), None).unwrap();
}

fn folder(place: &Place) -> PathBuf {
    place.socket().parent().unwrap().to_owned()
}

fn hello() -> Vec<u8> {
    frame(br#"{"jsonrpc":"2.0","id":1,"method":"hello"}"#).unwrap()
}

#[test]
fn is_kept_out_by_the_folder_and_by_the_name() {
    if !can_be_another() {
        return;
    }
    let bed = Bed::new();
    let (socket, folder) = (bed.place.socket(), folder(&bed.place));
    // Everything above is open: what keeps others out is the folder.
    allow(folder.parent().unwrap(), 0o755);
    allow(&socket, 0o666);
    let refused = as_stranger(|| UnixStream::connect(&socket).unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    // What the socket itself allows does, too.
    allow(&folder, 0o755);
    allow(&socket, 0o600);
    let refused = as_stranger(|| UnixStream::connect(&socket).unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    // With both open they come in, and nobody talks to them.
    allow(&socket, 0o666);
    for _ in 0..20 {
        let said = as_stranger(|| {
            let mut stream = UnixStream::connect(&socket).unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            _ = stream.write_all(&hello());
            let mut said = vec![];
            let end = stream.read_to_end(&mut said);
            assert!(end.as_ref().err().is_none_or(|e| e.kind() == ErrorKind::ConnectionReset), "{end:?}");
            said
        });
        assert_eq!(said, b"", "something was said to a stranger");
    }
    // The same words of ours are answered.
    let mut stream = bed.raw();
    stream.write_all(&hello()).unwrap();
    assert!(lodemap_wire::read_frame(&mut stream, 1 << 20).unwrap().is_some());
    drop(stream);
    // A client of ours does not trust a folder that is open.
    assert!(Client::connect(&bed.place).is_none());
    allow(&folder, 0o700);
    bed.until("strangers left nothing", |status| status["clients"] == 1);
}

#[test]
fn is_not_believed_at_the_other_end() {
    if !can_be_another() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    allow(dir.path(), 0o755);
    let place = Place::at(dir.path().join("run"));
    place.prepare().unwrap();
    // A folder of ours with a socket that somebody else listens at, who would say all the right things.
    allow(&folder(&place), 0o777);
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    allow(&elsewhere, 0o777);
    for (at, is_link) in [(place.socket(), false), (elsewhere.join("socket"), true)] {
        let listener = as_stranger(|| UnixListener::bind(&at).unwrap());
        assert_eq!(fs::symlink_metadata(&at).unwrap().uid(), STRANGER);
        if is_link {
            symlink(&at, place.socket()).unwrap();
        }
        allow(&folder(&place), 0o700);
        assert!(Client::connect(&place).is_none());
        // It came, saw who listens, and said nothing.
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
        // A daemon of ours takes the place, and leaves alone what a link leads to.
        let stop = |place: &Place| Client::connect(place).unwrap().call("stop", serde_json::Map::new());
        serve(&place, &ServeOptions::default(), || {
            _ = std::thread::spawn({
                let place = place.clone();
                move || stop(&place).unwrap()
            })
        })
        .unwrap();
        assert_eq!(at.symlink_metadata().is_ok(), is_link);
        allow(&folder(&place), 0o777);
    }
}

#[test]
fn has_no_place_that_we_take() {
    if !can_be_another() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let theirs = dir.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    allow(&theirs, 0o700);
    give_away(&theirs);
    let link = dir.path().join("link");
    fs::create_dir(dir.path().join("ours")).unwrap();
    allow(&dir.path().join("ours"), 0o700);
    symlink(dir.path().join("ours"), &link).unwrap();
    for (folder, what) in [(theirs, "belongs to somebody else"), (link, "is a link")] {
        let place = Place::at(&folder);
        let error = serve(&place, &ServeOptions::default(), || panic!("it runs")).unwrap_err();
        assert!(matches!(error, ServeError::Place(_)) && error.to_string().contains(what), "{error}");
        assert!(Client::connect(&place).is_none());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "something was made in {}", folder.display());
    }
}

#[test]
fn has_no_token_that_we_take() {
    if !can_be_another() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let place = Place::at(dir.path().join("run"));
    place.prepare().unwrap();
    place.token().unwrap();
    give_away(&place.token_file());
    assert!(place.token().unwrap_err().to_string().contains("remove it"));
    let known = dir.path().join("known");
    fs::write(&known, "f".repeat(64)).unwrap();
    allow(&known, 0o600);
    fs::remove_file(place.token_file()).unwrap();
    symlink(&known, place.token_file()).unwrap();
    assert!(place.token().is_err(), "a link leads to a token that somebody knows");
    // And they cannot read ours.
    fs::remove_file(place.token_file()).unwrap();
    place.token().unwrap();
    allow(dir.path(), 0o755);
    allow(&folder(&place), 0o755);
    let refused = as_stranger(|| fs::read(place.token_file()).unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
}
