//! How a receiver ends without a file: two CAN, which PETTERM's SAVE does not know, so that its rest is acknowledged and
//! thrown away.

use super::super::check::{ACK, CAN, EOT};
use super::super::line_time;
use super::{BLOCK, QUIET, Receiver, State, Style};
use crate::time::Stamp;
use crate::transfer::{Failure, Out};

impl Receiver {
    /// Ends without a file, and tells the far end as it understands it.
    pub(super) fn give_up(&mut self, now: Stamp, failure: Failure) {
        if self.style != Style::Petterm {
            self.out.push_back(Out::Tx(vec![CAN, CAN]));
            return self.end(Err(failure));
        }
        let between = matches!(self.state, State::Start | State::Idle);
        if self.asked_before.is_none() && between {
            return self.end(Err(failure));
        }
        self.progress.doing = "throwing the rest away";
        self.out.push_back(Out::Note(
            "PETTERM cannot be stopped in SAVE: the rest is acknowledged and thrown away; cancel again to leave".to_owned(),
        ));
        // Between blocks it has had its answer; anywhere else it waits for one.
        let heard = usize::from(!between);
        self.state = State::Discard { failure, heard, last: 0, idle: 0 };
        self.quiet = now + QUIET + line_time(self.octet, 2);
        self.deadline.start(now, BLOCK);
    }

    pub(super) fn discard(&mut self, now: Stamp) {
        let State::Discard { failure, heard, last, idle } = &mut self.state else { return };
        if *heard > 0 && now >= self.quiet {
            let over = *heard == 1 && *last == EOT;
            *heard = 0;
            self.out.push_back(Out::Tx(vec![ACK]));
            self.deadline.start(now, BLOCK);
            if over {
                let failure = failure.clone();
                self.end(Err(failure));
            }
        } else if *heard == 0 && self.deadline.is_due(now) {
            *idle += 1;
            if *idle > 1 {
                let failure = failure.clone();
                return self.end(Err(failure));
            }
            // Its answer may have been lost.
            self.out.push_back(Out::Tx(vec![ACK]));
            self.deadline.start(now, BLOCK);
        }
    }
}
