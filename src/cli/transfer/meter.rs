//! How a transfer goes, on stderr: a bar on a terminal, a line a second elsewhere.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::exit::{one_line, say};
use crate::engine::{Snapshot, TransferView};
use crate::transfer::{bytes_of, clock, thousands};

/// How it goes, on stderr.
pub(super) struct Meter {
    bar: Option<ProgressBar>,
    told: Option<Instant>,
    over: bool,
}

/// Between two lines where there is no terminal.
const LINES: Duration = Duration::from_secs(1);

impl Meter {
    pub(super) fn new() -> Meter {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(style(false));
            bar
        });
        Meter { bar, told: None, over: false }
    }

    #[expect(clippy::disallowed_methods, reason = "a line a second, in the world's time")]
    pub(super) fn show(&mut self, snap: &Snapshot) {
        let Some(view) = snap.transfer.as_ref().filter(|_| !self.over) else { return };
        match &self.bar {
            Some(bar) => {
                let length = view.progress.length;
                if bar.length() != length {
                    bar.set_style(style(length.is_some()));
                    match length {
                        Some(length) => bar.set_length(length),
                        None => bar.unset_length(),
                    }
                }
                bar.set_position(view.progress.bytes);
                bar.set_message(words(view, false));
                bar.tick();
            }
            None if self.told.is_none_or(|told| told.elapsed() >= LINES) => {
                self.told = Some(Instant::now());
                say(&words(view, true));
            }
            None => {}
        }
    }

    /// Says something without disturbing the bar.
    pub(super) fn aside(&self, tell: impl FnOnce()) {
        match &self.bar {
            Some(bar) if !self.over => bar.suspend(tell),
            _ => tell(),
        }
    }

    pub(super) fn end(&mut self) {
        self.over = true;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(length: bool) -> ProgressStyle {
    let template = if length {
        "[{bar:24}] {human_pos}/{human_len}  {wide_msg}"
    } else {
        "{spinner} {human_pos} bytes  {wide_msg}"
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("##-").tick_chars("|/-\\ ")
}

fn words(view: &TransferView, bytes: bool) -> String {
    let progress = &view.progress;
    let mut text = match (&progress.name, progress.file, progress.files) {
        (name, file, Some(files)) if files > 1 => format!("{file}/{files} {name}: "),
        (name, ..) if name.is_empty() => String::new(),
        (name, ..) => format!("{name}: "),
    };
    text.push_str(progress.doing);
    if bytes {
        let _ = write!(text, ", {}", bytes_of(progress.bytes, progress.length));
    }
    let _ = write!(text, ", block {}, {:.0} B/s", thousands(progress.blocks), view.rate);
    if let Some(left) = view.left {
        let _ = write!(text, ", {} left", clock(left));
    }
    let _ = write!(text, ", retries {}", progress.resends);
    if let Some(error) = &progress.last_error {
        let _ = write!(text, " (last: {error})");
    }
    one_line(&text)
}
