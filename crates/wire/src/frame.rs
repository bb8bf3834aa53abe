//! How are messages told apart in a stream? Each follows its length, four bytes, the most significant first.

use std::io::{self, Read};

/// So many bytes stand before each message.
pub const PREFIX: usize = 4;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It is larger than the reader takes. The stream cannot be read on.
    #[error("a message of {length} bytes is too large; send at most {most}")]
    TooLarge {
        /// Its length.
        length: usize,
        /// What is taken.
        most: usize,
    },
    /// The stream broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A message with its length before it; `None` where the length does not fit.
pub fn frame(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    let mut out = Vec::with_capacity(PREFIX + message.len());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(message);
    Some(out)
}

/// The length that a prefix says, if that much is taken.
pub fn frame_length(prefix: [u8; PREFIX], most: usize) -> Result<usize, FrameError> {
    let length = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
    if length > most { Err(FrameError::TooLarge { length, most }) } else { Ok(length) }
}

/// The next message; `None` where the stream ends before it begins. Memory is taken as bytes come, not as they are
/// announced.
pub fn read_frame(stream: &mut impl Read, most: usize) -> Result<Option<Vec<u8>>, FrameError> {
    let mut prefix = [0; PREFIX];
    let mut got = 0;
    while got < PREFIX {
        match stream.read(&mut prefix[got..]) {
            Ok(0) if got == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    let length = frame_length(prefix, most)?;
    let mut message = Vec::new();
    stream.take(length as u64).read_to_end(&mut message)?;
    if message.len() < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_framed_is_read() {
        let bytes = [frame(b"one").unwrap(), frame(b"").unwrap(), frame(b"three").unwrap()].concat();
        let mut stream = &bytes[..];
        for message in ["one", "", "three"] {
            assert_eq!(read_frame(&mut stream, 5).unwrap().unwrap(), message.as_bytes());
        }
        assert!(read_frame(&mut stream, 5).unwrap().is_none());
    }

    #[test]
    fn a_length_alone_takes_no_memory() {
        let mut stream = &b"\xff\xff\xff\xff"[..];
        assert!(matches!(read_frame(&mut stream, 100), Err(FrameError::TooLarge { most: 100, .. })));
        // Announced and not sent.
        let mut stream = &b"\x00\x00\x00\x05abc"[..];
        assert!(matches!(read_frame(&mut stream, 100), Err(FrameError::Io(_))));
        let mut stream = &b"\x00\x00"[..];
        assert!(matches!(read_frame(&mut stream, 100), Err(FrameError::Io(_))));
    }
}
