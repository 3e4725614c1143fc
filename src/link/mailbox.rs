//! A one-slot mailbox: the latest value wins, and a slow reader can never hold up the writer.
//!
//! [`Mailbox::put`] replaces what is there and notifies only if the value before was seen, so a reader that
//! is behind finds one notification and one value however much happened meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The mailbox; share it by `Arc`.
pub(super) struct Mailbox<T> {
    slot: Mutex<Arc<T>>,
    unseen: AtomicBool,
    notify: Box<dyn Fn() + Send + Sync>,
}

impl<T> Mailbox<T> {
    /// A mailbox that holds `first`, already seen; `notify` is called when something unseen arrives. It must
    /// not block.
    pub(super) fn new(first: T, notify: impl Fn() + Send + Sync + 'static) -> Mailbox<T> {
        Mailbox {
            slot: Mutex::new(Arc::new(first)),
            unseen: AtomicBool::new(false),
            notify: Box::new(notify),
        }
    }

    /// Puts a new value in place of the old one.
    pub(super) fn put(&self, value: T) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
        if !self.unseen.swap(true, Ordering::AcqRel) {
            (self.notify)();
        }
    }

    /// The latest value, which counts as seen from now on.
    pub(super) fn take(&self) -> Arc<T> {
        // The mark is cleared first: a value put in between is notified once more rather than lost.
        self.unseen.store(false, Ordering::Release);
        Arc::clone(&self.slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn the_latest_wins_and_one_notification_stands_for_all() {
        let rung = Arc::new(AtomicUsize::new(0));
        let bell = Arc::clone(&rung);
        let mailbox = Mailbox::new(0, move || {
            bell.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(*mailbox.take(), 0);
        for n in 1..=1000 {
            mailbox.put(n);
        }
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        assert_eq!(*mailbox.take(), 1000);
        mailbox.put(7);
        assert_eq!(rung.load(Ordering::Relaxed), 2);
        assert_eq!(*mailbox.take(), 7);
        assert_eq!(*mailbox.take(), 7, "a value stays readable");
    }

    #[test]
    fn a_reader_on_another_thread_ends_with_the_last_value() {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let mailbox = Arc::new(Mailbox::new(0u32, move || {
            let _ = sender.try_send(());
        }));
        let writer = Arc::clone(&mailbox);
        let thread = std::thread::spawn(move || (1..=50_000).for_each(|n| writer.put(n)));
        let mut last = 0;
        while last != 50_000 {
            receiver.recv().unwrap();
            let now = *mailbox.take();
            assert!(now >= last);
            last = now;
        }
        thread.join().unwrap();
    }
}
