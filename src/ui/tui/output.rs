//! A picture's way to the terminal: a thread of its own writes it, so that a terminal that is slow to take one
//! never holds up a key.
//!
//! One picture is on its way at a time; the front end draws the next once this one has been taken. Nothing more
//! is written once the terminal has been given back.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::terminal;

/// Written at once; between two of these the thread looks whether the terminal is still ours.
const PIECE: usize = 4_096;

/// Collects a picture and sends it off when it is flushed.
pub(super) struct Output {
    picture: Vec<u8>,
    pictures: Sender<Vec<u8>>,
    way: Arc<Way>,
}

/// Where the last picture stands.
#[derive(Default)]
pub(super) struct Way {
    busy: AtomicBool,
    failure: Mutex<Option<io::Error>>,
}

impl Output {
    /// Starts the thread; `taken` is called from it after each picture.
    pub(super) fn start(
        mut terminal: impl Write + Send + 'static,
        taken: impl Fn() + Send + 'static,
    ) -> io::Result<(Output, Arc<Way>)> {
        let (pictures, waiting) = channel::<Vec<u8>>();
        let way = Arc::new(Way::default());
        let ours = Arc::clone(&way);
        thread::Builder::new().name("output".into()).spawn(move || {
            for picture in waiting {
                let written = picture
                    .chunks(PIECE)
                    .take_while(|_| terminal::holds())
                    .try_for_each(|piece| terminal.write_all(piece))
                    .and_then(|()| terminal.flush());
                if let Err(error) = written {
                    *ours.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
                ours.busy.store(false, Ordering::Release);
                taken();
            }
        })?;
        Ok((Output { picture: Vec::new(), pictures, way: Arc::clone(&way) }, way))
    }
}

impl Way {
    /// Whether the last picture has been taken.
    pub(super) fn is_clear(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// What went wrong with an earlier picture, once.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.picture.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.picture.is_empty() {
            self.way.busy.store(true, Ordering::Release);
            let picture = std::mem::take(&mut self.picture);
            self.pictures.send(picture).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(())
    }
}
