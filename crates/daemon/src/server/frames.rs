//! Messages out of a stream, as they come.

use std::time::Duration;

use lodemap_wire::{FrameError, PREFIX, frame_length};
use tokio::io::AsyncReadExt;
use tokio::net::unix::OwnedReadHalf;
use tokio::time::{Instant, timeout_at};

/// Reads messages; a call that is dropped half-way loses nothing.
pub(super) struct Frames {
    pub(super) stream: OwnedReadHalf,
    got: Vec<u8>,
    /// Until when the message that has begun must be there.
    due: Option<Instant>,
    most: usize,
    patience: Duration,
}

const CHUNK: usize = 16 << 10;

impl Frames {
    pub(super) fn new(stream: OwnedReadHalf, most: usize, patience: Duration) -> Self {
        Self { stream, got: Vec::new(), due: None, most, patience }
    }

    /// The next message; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        loop {
            if let Some(message) = self.whole()? {
                return Ok(Some(message));
            }
            let mut chunk = [0; CHUNK];
            let read = match self.due {
                None => self.stream.read(&mut chunk).await?,
                Some(due) => timeout_at(due, self.stream.read(&mut chunk))
                    .await
                    .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??,
            };
            if read == 0 {
                return match self.got.is_empty() {
                    true => Ok(None),
                    false => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
                };
            }
            self.got.extend_from_slice(&chunk[..read]);
            self.due.get_or_insert_with(|| Instant::now() + self.patience);
        }
    }

    /// A message that is there as a whole.
    fn whole(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some(prefix) = self.got.first_chunk::<PREFIX>() else { return Ok(None) };
        let length = frame_length(*prefix, self.most)?;
        if self.got.len() < PREFIX + length {
            return Ok(None);
        }
        let rest = self.got.split_off(PREFIX + length);
        let mut message = std::mem::replace(&mut self.got, rest);
        message.drain(..PREFIX);
        self.due = (!self.got.is_empty()).then(|| Instant::now() + self.patience);
        Ok(Some(message))
    }
}
