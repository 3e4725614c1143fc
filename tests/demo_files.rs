//! The demo board's file desk from the other end of its line, in virtual time: what it gives arrives, what is left there
//! can be had back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use std::path::Path;

use petterm::engine::{Event, Mode, Outcome, Session, SessionConfig, Target, TransferReport, Wire};
use petterm::line::LineFormat;
use petterm::link::runner::run_virtual;
use petterm::screen::ScreenKind;
use petterm::time::{Span, Stamp};

/// Plays a script at the board; how it ended and what was transferred.
fn visit(script: &str, baud: u32) -> (Outcome, Vec<TransferReport>, Stamp) {
    let mut config =
        SessionConfig::new(Target::Demo, LineFormat::new(baud), ScreenKind::Safe8032, Wire::Petscii);
    config.script = Some(script.to_owned());
    config.timeout = Span::from_secs(60);
    let mut session = Session::new(config, Mode::Unattended, Stamp::ZERO).unwrap();
    let (mut outcome, mut reports) = (Outcome::Done, Vec::new());
    let end = run_virtual(&mut session, None, |_, event| {
        match event {
            Event::TransferEnded(report) => reports.push(*report),
            Event::Finished(how) => outcome = how,
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    (outcome, reports, end)
}

/// A path as a script has it.
fn word(path: &Path) -> String {
    path.to_str().unwrap().replace('\\', "\\\\").replace(' ', "\\s")
}

#[test]
fn the_board_gives_its_program_by_punter_and_by_xmodem() {
    let gift = include_bytes!("../assets/board/gift.prg");
    for (choice, protocol, baud) in [(1, "punter", 300), (1, "punter", 1_200), (2, "xmodem", 1_200)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wave.prg");
        let script = format!(
            "wait:choice? key:4 wait:XMODEM wait:choice? key:{choice} wait:minute download:{},{protocol} \
             wait:any\\skey key:space wait:choice? key:g wait:CARRIER",
            word(&path)
        );
        let (outcome, reports, end) = visit(&script, baud);
        assert_eq!(outcome, Outcome::Done, "{protocol} at {baud}: {reports:?}");
        let kept = std::fs::read(&path).unwrap();
        match protocol {
            "punter" => assert_eq!(kept, gift),
            // XMODEM fills its last block up.
            _ => assert!(kept.starts_with(gift) && kept.len() == gift.len().next_multiple_of(128)),
        }
        assert_eq!(reports[0].progress.resends, 0);
        assert!(end < Stamp(120_000_000_000), "{protocol} at {baud} took until {end:?}");
    }
}

#[test]
fn what_is_left_at_the_board_can_be_had_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, back) = (folder.path().join("mine.seq"), folder.path().join("back"));
    std::fs::create_dir(&back).unwrap();
    let data: Vec<u8> = (0..1_500_u32).map(|at| (at * 7) as u8).chain([0xFF, 0x0D, 0, 0x11, 0x13]).collect();
    std::fs::write(&mine, &data).unwrap();
    let sum = data.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(byte.into()));
    let script = format!(
        "wait:choice? key:4 wait:Q wait:choice? key:3 wait:minute upload:{},punter wait:type\\sseq wait:{sum} \
         wait:any\\skey key:space wait:choice? key:4 wait:Q wait:choice? key:4 wait:minute download:{},punter \
         wait:any\\skey key:space wait:choice? key:g wait:CARRIER",
        word(&mine),
        word(&back)
    );
    let (outcome, reports, _) = visit(&script, 2_400);
    assert_eq!(outcome, Outcome::Done, "{reports:?}");
    assert_eq!(std::fs::read(back.join("download.seq")).unwrap(), data);
}
