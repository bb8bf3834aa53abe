//! How is it shown that work goes on?
//!
//! A bar on stderr, only on a terminal, only for jobs that last, and gone when they end. It never slows the
//! work: what it counts is an atomic, and it is drawn by a thread of its own.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lodemap_host::Progress;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Jobs that are done before are not worth a flicker.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two pictures.
const TICK: Duration = Duration::from_millis(100);

pub(crate) struct Bar {
    bar: ProgressBar,
    ended: Arc<(Mutex<bool>, Condvar)>,
}

impl Bar {
    /// A bar for one job; it stays invisible if it is unwanted or would not be seen.
    pub(crate) fn new(quiet: bool) -> Self {
        let wanted = !quiet && io::stderr().is_terminal();
        Self::on(wanted.then(ProgressDrawTarget::stderr), PATIENCE)
    }

    fn on(target: Option<ProgressDrawTarget>, patience: Duration) -> Self {
        let this = Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            ended: Arc::new((Mutex::new(false), Condvar::new())),
        };
        if let Some(target) = target {
            let (bar, ended) = (this.bar.clone(), this.ended.clone());
            let show_later = move || {
                let (lock, signal) = &*ended;
                let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = signal.wait_timeout_while(guard, patience, |ended| !*ended);
                // The lock is held while the bar is shown, so that it cannot come back after the end.
                let (guard, _) = waited.unwrap_or_else(PoisonError::into_inner);
                if !*guard {
                    bar.set_draw_target(target);
                    bar.enable_steady_tick(TICK);
                }
            };
            // Without a thread there is no bar, and nothing else is amiss.
            let _ = std::thread::Builder::new().name("progress".into()).spawn(show_later);
        }
        this
    }

    fn end(&self) {
        let (lock, signal) = &*self.ended;
        *lock.lock().unwrap_or_else(PoisonError::into_inner) = true;
        signal.notify_all();
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn stage(&self, name: &str, total: usize) {
        let template = if total > 0 {
            "{msg:12} [{wide_bar:.}] {human_pos}/{human_len}"
        } else {
            "{msg:12} {spinner} {human_pos}"
        };
        let style = ProgressStyle::with_template(template).expect("because the templates are constants");
        self.bar.set_style(style.progress_chars("=> "));
        self.bar.set_message(name.to_owned());
        self.bar.set_position(0);
        match total {
            0 => self.bar.unset_length(),
            total => self.bar.set_length(total as u64),
        }
    }

    fn advance(&self, n: usize) {
        self.bar.inc(n as u64);
    }

    fn done(&self) {
        self.end();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;

    /// A terminal that keeps all it is told.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn note(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.note(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.note(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.note("<clear>")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn on(paper: &Paper, patience: Duration) -> Bar {
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let bar = Bar::on(Some(target), patience);
        bar.stage("reading files", 7);
        bar.advance(3);
        bar
    }

    #[test]
    fn a_long_job_is_shown_and_leaves_nothing() {
        let paper = Paper::default();
        let bar = on(&paper, Duration::ZERO);
        let started = std::time::Instant::now();
        while !paper.text().contains("3/7") && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        bar.done();
        let text = paper.text();
        assert!(text.contains("reading files") && text.contains("3/7"), "{text}");
        assert!(text.ends_with("<clear>"), "{text}");
        drop(bar);
        assert_eq!(paper.text().matches("reading files").count(), text.matches("reading files").count());
    }

    #[test]
    fn a_short_job_is_not_shown() {
        let paper = Paper::default();
        on(&paper, Duration::from_secs(3600)).done();
        drop(on(&paper, Duration::from_secs(3600)));
        assert_eq!(paper.text(), "");
    }
}
