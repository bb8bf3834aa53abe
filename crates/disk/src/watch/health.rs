//! How well is the repository watched?

use rustix::io::Errno;

/// What is watched, what is not, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WatchHealth {
    /// `inotify` where every folder is watched, `polling` where none is, `mixed` between.
    pub mode: &'static str,
    /// Searched folders that are watched.
    pub dirs: usize,
    /// Searched folders that have to be looked at again and again instead.
    pub polled: usize,
    /// How often events were lost because they came faster than they were read.
    pub overflows: u64,
    /// How often the system refused something unexpectedly.
    pub errors: u64,
    /// What is wrong, and what to do about it.
    pub problem: Option<String>,
}

/// Why some folders are not watched.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// There can be no more watches.
    Full,
    /// There is no queue of events.
    NoQueue(Errno),
    /// The file system does not tell of all changes.
    Remote(&'static str),
    /// Events can no longer be read.
    Broken(Errno),
    /// A folder could not be watched for another reason.
    Refused(Errno),
}

impl Trouble {
    pub(super) fn text(&self, polled: usize) -> String {
        let said = |errno: &Errno| std::io::Error::from(*errno);
        match self {
            Trouble::Full => format!(
                "the system's limit of watches is reached, so {polled} folders are polled; raise \
                 fs.inotify.max_user_watches: sysctl fs.inotify.max_user_watches=1048576"
            ),
            Trouble::NoQueue(errno @ (Errno::MFILE | Errno::NFILE)) => format!(
                "no more inotify instances ({}), so all folders are polled; close other watchers or raise \
                 fs.inotify.max_user_instances",
                said(errno)
            ),
            Trouble::NoQueue(errno) => {
                format!("this system does not report changes ({}), so all folders are polled", said(errno))
            }
            Trouble::Remote(what) => format!(
                "{what} does not report changes made elsewhere, so all folders are polled; a local file system is faster"
            ),
            Trouble::Broken(errno) => format!(
                "events can no longer be read ({}), so all folders are polled; restart to watch again",
                said(errno)
            ),
            Trouble::Refused(errno) => {
                format!("{polled} folders could not be watched ({}), so they are polled", said(errno))
            }
        }
    }
}

/// The name of a file system whose files others may change unseen, by the number it goes by.
pub(super) fn remote(magic: u64) -> Option<&'static str> {
    // The kernel's field is signed on some systems; only the low half counts.
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 => Some("SMB2"),
        0x0102_1997 => Some("9p"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414f => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x00c3_6400 => Some("Ceph"),
        0x786f_4256 => Some("a shared folder of VirtualBox"),
        0xbacb_acbc => Some("a shared folder of VMware"),
        _ => None,
    }
}
