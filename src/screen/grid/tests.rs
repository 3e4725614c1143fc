//! Rows move, marks move with them, and the past is bounded.

use super::*;

fn letters(rows: usize, cols: usize) -> Grid<char> {
    let mut grid = Grid::new(cols, rows, '.');
    for row in 0..rows {
        for col in 0..cols {
            grid.set(row, col, char::from(b'a' + (row * cols + col) as u8));
        }
    }
    grid
}

fn text(grid: &Grid<char>) -> String {
    let rows: Vec<String> = (0..grid.rows()).map(|row| grid.row(row).iter().collect()).collect();
    rows.join("/")
}

const ALL: Area = Area { top: 0, left: 0, bottom: 3, right: 2 };
const WINDOW: Area = Area { top: 1, left: 1, bottom: 2, right: 2 };

#[test]
fn scrolling_the_whole_width_renumbers_rows() {
    let mut grid = letters(4, 3);
    grid.scroll_up(ALL, 1, '.');
    assert_eq!(text(&grid), "def/ghi/jkl/...");
    grid.scroll_down(ALL, 2, '.');
    assert_eq!(text(&grid), ".../.../def/ghi");
    grid.scroll_up(ALL, 99, '-');
    assert_eq!(text(&grid), "---/---/---/---");
}

#[test]
fn scrolling_a_window_leaves_the_rest_alone() {
    let mut grid = letters(4, 3);
    grid.scroll_up(WINDOW, 1, '.');
    assert_eq!(text(&grid), "abc/dhi/g../jkl");
    grid.scroll_down(WINDOW, 1, '.');
    assert_eq!(text(&grid), "abc/d../ghi/jkl");
    grid.scroll_down(WINDOW, 9, '.');
    assert_eq!(text(&grid), "abc/d../g../jkl");
    grid.scroll_up(WINDOW, 9, '-');
    assert_eq!(text(&grid), "abc/d--/g--/jkl");
}

#[test]
fn the_cell_painted_last_moves_with_its_row_and_is_forgotten_with_it() {
    let mut grid = letters(4, 3);
    grid.set_last(Some((2, 1)));
    grid.scroll_up(ALL, 1, '.');
    assert_eq!(grid.last(), Some((1, 1)));
    grid.scroll_down(ALL, 2, '.');
    assert_eq!(grid.last(), Some((3, 1)));
    grid.scroll_down(ALL, 1, '.');
    assert_eq!(grid.last(), None);
    grid.set_last(Some((0, 0)));
    grid.scroll_up(WINDOW, 1, '.');
    assert_eq!(grid.last(), Some((0, 0)), "outside the window");
    grid.fill(ALL, '.');
    assert_eq!(grid.last(), None);
}

#[test]
fn cells_are_opened_and_closed_up_to_an_edge() {
    let mut grid = letters(1, 6);
    grid.insert_cells(0, 1, 4, 2, '.');
    assert_eq!(text(&grid), "a..bcf");
    grid.delete_cells(0, 0, 4, 1, '-');
    assert_eq!(text(&grid), "..bc-f");
    grid.delete_cells(0, 4, 5, 99, '.');
    assert_eq!(text(&grid), "..bc..");
}

#[test]
fn the_past_keeps_the_newest_rows_and_is_empty_once_taken() {
    let mut past = Past::new(2);
    for i in 0..KEPT + 5 {
        past.push(&[i, i]);
    }
    let taken = past.take(|row| row[0]);
    assert_eq!(taken.len(), KEPT);
    assert_eq!(taken[0], 5);
    assert_eq!(taken[KEPT - 1], KEPT + 4);
    assert!(past.take(|row| row[0]).is_empty());
    past.push(&[7, 7]);
    assert_eq!(past.take(|row| row[1]), [7]);
    assert!(past.rows.capacity() <= ROOM * 2);
}
