//! Where things stand on a host screen of any size, from 1x1 on.
//!
//! The far end's screen comes first. What is left below it holds, in this order of need, the status line,
//! the message line and the second status line; a bezel is drawn only where everything fits into it. A
//! screen larger than its place is scrolled so that the cursor shows.

use ratatui::layout::Rect;

/// The places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The part of the far end's screen that shows.
    pub(super) screen: Rect,
    /// The frame around it.
    pub(super) bezel: Option<Rect>,
    /// The first status line; with only one, everything is in it.
    pub(super) status: Option<Rect>,
    /// The second.
    pub(super) second: Option<Rect>,
    /// Notices; where there is none, they take the place of the status line.
    pub(super) message: Option<Rect>,
    /// The hex view.
    pub(super) hex: Option<Rect>,
}

impl Layout {
    /// What a window may lie over: the host screen `area` without the hex view, where enough is left.
    pub(super) fn above_hex(&self, area: Rect) -> Rect {
        match self.hex {
            Some(pane) if pane.x > area.x => Rect { width: pane.x - area.x, ..area },
            Some(pane) if pane.y - area.y >= WINDOW => Rect { height: pane.y - area.y, ..area },
            _ => area,
        }
    }
}

/// Rows that a window needs to be whole in most cases.
const WINDOW: u16 = 12;
/// Columns of the hex view beside a screen.
const HEX_COLS: u16 = 46;

/// Lays out a host screen `area` for a far end's screen of `cols` by `rows`.
pub(super) fn layout(area: Rect, cols: u16, rows: u16, hex: bool) -> Layout {
    let mut rest = area;
    let spare = rest.height.saturating_sub(rows);
    let lines = match rest.height {
        0..=3 => 0,
        _ => spare.clamp(1, 3),
    };
    let mut line = |wanted: bool| {
        wanted.then(|| {
            rest.height -= 1;
            Rect::new(rest.x, rest.y + rest.height, rest.width, 1)
        })
    };
    let message = line(lines >= 2);
    let second = line(lines >= 3);
    let status = line(lines >= 1);
    let mut pane = None;
    if hex {
        if rest.width >= cols + 2 + HEX_COLS {
            rest.width -= HEX_COLS;
            pane = Some(Rect::new(rest.x + rest.width, rest.y, HEX_COLS, rest.height));
        } else if rest.height >= 6 {
            let height = (rest.height / 3).clamp(3, 10);
            rest.height -= height;
            pane = Some(Rect::new(rest.x, rest.y + rest.height, rest.width, height));
        }
    }
    let (bezel, screen) = if rest.width >= cols + 2 && rest.height >= rows + 2 {
        let bezel = super::canvas::middle(rest, cols + 2, rows + 2);
        (Some(bezel), super::canvas::inside(bezel))
    } else {
        (None, super::canvas::middle(rest, cols, rows))
    };
    Layout { screen, bezel, status, second, message, hex: pane }
}

/// The first column or row to show: as before if the cursor shows, else as little further as needed.
pub(super) fn pan(before: u16, shown: u16, all: u16, cursor: u16) -> u16 {
    if shown == 0 || shown >= all {
        return 0;
    }
    let before = if cursor < before {
        cursor
    } else if cursor >= before + shown {
        cursor + 1 - shown
    } else {
        before
    };
    before.min(all - shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_lies_inside_and_none_overlap() {
        for hex in [false, true] {
            for (cols, rows) in [(80, 25), (40, 25), (22, 23)] {
                for width in (1..=90).chain([132, 200, 500]) {
                    for height in (1..=40).chain([60, 200]) {
                        let area = Rect::new(0, 0, width, height);
                        let l = layout(area, cols, rows, hex);
                        let places: Vec<Rect> =
                            [Some(l.bezel.unwrap_or(l.screen)), l.status, l.second, l.message, l.hex]
                                .into_iter()
                                .flatten()
                                .collect();
                        assert!(l.screen.width > 0 && l.screen.height > 0, "{width}x{height}");
                        for (n, a) in places.iter().enumerate() {
                            assert_eq!(a.intersection(area), *a, "{width}x{height} {l:?}");
                            assert!(places[..n].iter().all(|b| !a.intersects(*b)), "{width}x{height} {l:?}");
                        }
                        let window = l.above_hex(area);
                        assert_eq!(window.intersection(area), window);
                        assert!(
                            window == area || l.hex.is_some_and(|hex| !hex.intersects(window)),
                            "{width}x{height} {l:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_large_host_screen_has_everything_and_a_small_one_the_screen() {
        let l = layout(Rect::new(0, 0, 100, 30), 80, 25, false);
        assert_eq!(l.screen, Rect::new(10, 1, 80, 25));
        assert!(l.bezel.is_some() && l.second.is_some() && l.message.is_some());
        let l = layout(Rect::new(0, 0, 80, 24), 80, 25, false);
        assert_eq!(l.screen, Rect::new(0, 0, 80, 23));
        assert!(l.bezel.is_none() && l.status.is_some() && l.message.is_none());
        assert!(layout(Rect::new(0, 0, 20, 3), 80, 25, false).status.is_none());
        let host = Rect::new(0, 0, 80, 24);
        assert!(layout(host, 80, 25, true).above_hex(host).height >= 12);
    }

    #[test]
    fn the_cursor_always_shows() {
        let mut first = 0;
        for cursor in [0, 22, 23, 24, 20, 3, 1, 0, 24] {
            first = pan(first, 23, 25, cursor);
            assert!((first..first + 23).contains(&cursor) && first <= 2);
        }
        assert_eq!(pan(7, 30, 25, 3), 0);
        assert_eq!(pan(7, 0, 25, 3), 0);
    }
}
