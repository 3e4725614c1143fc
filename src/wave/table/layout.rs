//! Where in a table of voltages the rows begin, which column is what, and what the head says of time.

use crate::wave::text;

/// What is known of a table by its first part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Lines before the first row.
    pub(super) head: u64,
    /// What parts fields; a blank stands for any number of blanks.
    pub(super) separator: u8,
    pub(super) clock: Clock,
    /// Seconds from row to row, if the head tells.
    pub(super) interval: Option<f64>,
    /// Seconds at row 0, where rows are numbered.
    pub(super) start: f64,
    pub(super) channels: Vec<Column>,
}

/// What tells the time of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clock {
    /// A column of times, in units of so many seconds.
    Times { column: usize, unit: f64 },
    /// A column of numbers.
    Numbers { column: usize },
    /// Its place.
    Rows,
}

/// A column of voltages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) at: usize,
    pub(super) name: String,
    /// What its numbers count, in volts.
    pub(super) scale: f64,
}

/// The fields of a line, without blanks and quotation marks around them.
pub(super) fn fields(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    line.split(move |byte| *byte == separator)
        .map(text::bare)
        .filter(move |field| separator != b' ' || !field.is_empty())
}

/// A finite number, with a point or, if so, with a comma.
pub(super) fn number(field: &[u8], comma: bool) -> Option<f64> {
    let first = field.iter().find(|byte| !matches!(byte, b'+' | b'-'))?;
    if !first.is_ascii_digit() && !matches!(first, b'.' | b',') {
        return None;
    }
    let text = std::str::from_utf8(field).ok()?;
    let number = if comma && text.contains(',') { text.replace(',', ".").parse() } else { text.parse() };
    number.ok().filter(|number: &f64| number.is_finite())
}

impl Layout {
    /// Whether fields may hold a decimal comma.
    pub(super) const fn comma(&self) -> bool {
        self.separator != b','
    }

    /// Finds out what a file that begins so is; `whole` if that is all of it. `None` if it is no table, or one
    /// of zeros and ones.
    pub(crate) fn of(head: &[u8], whole: bool) -> Option<Layout> {
        let head = head.strip_prefix(text::BYTE_ORDER_MARK).unwrap_or(head);
        let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
        if !whole || lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let blank = |line: &&[u8]| line.trim_ascii().is_empty();
        while lines.last().is_some_and(blank) {
            lines.pop();
        }
        let filled: Vec<usize> = (0..lines.len()).filter(|at| !blank(&lines[*at])).collect();
        // A file that was cut may have a cut line at its end.
        let rows = if filled.len() > 4 { filled.get(..filled.len() - 1)? } else { &filled[..] };
        let [.., other, sample] = rows else { return None };
        let sample = lines[*sample];
        let separator = [b';', b'\t', b','].into_iter().find(|byte| sample.contains(byte)).unwrap_or(b' ');
        let comma = separator != b',';
        let numeric = |line: &[u8]| -> Vec<usize> {
            let is_number = |(at, field)| number(field, comma).map(|_| at);
            fields(line, separator).enumerate().filter_map(is_number).collect()
        };
        let columns = numeric(sample);
        if columns.is_empty() || numeric(lines[*other]) != columns {
            return None;
        }
        let is_row = |line: &[u8]| {
            let here = numeric(line);
            columns.iter().all(|column| here.contains(column))
        };
        // Two rows one after the other; what is damaged behind them is told where it is met.
        let pair = rows.windows(2).find(|pair| pair.iter().all(|at| is_row(lines[*at])))?;
        let first = *pair.first()?;
        let head: Vec<Vec<String>> = lines
            .get(..first)?
            .iter()
            .filter(|line| !blank(line))
            .map(|line| {
                let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
                fields(line, separator).map(text).collect()
            })
            .collect();
        let body: Vec<&[u8]> = rows.iter().filter(|at| **at >= first).map(|at| lines[*at]).collect();
        let mut told = Told::default();
        for line in lines.get(..first)? {
            told.line(&String::from_utf8_lossy(line), separator);
        }
        let layout = Layout::from_head(&head, told, &columns, &body, separator);
        let layout = Layout { head: first as u64, ..layout };
        let volts = head.iter().flatten().any(|field| of_voltage(field)) || layout.interval_told_by_start();
        let levels = |line: &&[u8]| {
            let mine = |(at, _): &(usize, &[u8])| layout.channels.iter().any(|one| one.at == *at);
            fields(line, separator).enumerate().filter(mine).all(|(_, field)| matches!(field, b"0" | b"1"))
        };
        (volts || !body.iter().all(levels)).then_some(layout)
    }

    /// Only an older Rigol has one, and it has no zeros and ones.
    fn interval_told_by_start(&self) -> bool {
        matches!(self.clock, Clock::Numbers { .. }) && self.interval.is_some()
    }

    fn from_head(
        head: &[Vec<String>],
        mut told: Told,
        columns: &[usize],
        body: &[&[u8]],
        separator: u8,
    ) -> Layout {
        let named = |column: usize| head.iter().rev().filter_map(move |line| line.get(column));
        let is_timed = |column: usize| named(column).take(2).any(|name| is_time(name));
        let is_numbered = |column: usize| named(column).next().is_some_and(|name| is_numbering(name));
        let times = columns.iter().copied().find(|at| !is_numbered(*at) && is_timed(*at));
        let numbers = columns.first().copied().filter(|column| is_numbered(*column));
        let clock = match (times, numbers, columns) {
            (Some(column), ..) => {
                let unit = named(column).take(2).find_map(|name| time_unit(name)).unwrap_or(1.0);
                Clock::Times { column, unit }
            }
            (None, Some(column), _) => Clock::Numbers { column },
            // Without a name it is a time if it grows.
            (None, None, [column, _, ..]) if grows(body, *column, separator) => {
                Clock::Times { column: *column, unit: 1.0 }
            }
            _ => Clock::Rows,
        };
        for pair in head.windows(2) {
            told.names_and_values(&pair[0], &pair[1], separator != b',');
        }
        let is_clock = |column: usize| {
            Some(column) == times
                || Some(column) == numbers
                || matches!(clock, Clock::Times { column: mine, .. } if mine == column)
        };
        let mut channels: Vec<Column> = Vec::new();
        for column in columns.iter().copied().filter(|column| !is_clock(*column)) {
            let place = channels.len() + 1;
            // Units stand below names: the last word that is no unit is the name.
            let name =
                named(column).take(4).find(|name| !of_unit(name) && number(name.as_bytes(), true).is_none());
            let name = name.map_or_else(|| format!("CH{place}"), |name| plain(name));
            let name = if channels.iter().any(|one| one.name == name) { format!("CH{place}") } else { name };
            let milli = named(column).take(2).any(|name| {
                let name = name.to_ascii_lowercase();
                name == "mv" || name.ends_with("(mv)") || name.ends_with("[mv]")
            });
            channels.push(Column { at: column, name, scale: if milli { 1e-3 } else { 1.0 } });
        }
        Layout { head: 0, separator, clock, interval: told.interval, start: told.start, channels }
    }
}

/// What a head says of time besides columns.
#[derive(Default)]
struct Told {
    interval: Option<f64>,
    start: f64,
}

impl Told {
    /// KEY,VALUE; KEY:VALUE; KEY=VALUE.
    fn line(&mut self, line: &str, separator: u8) {
        // A table of one column has nothing that parts fields.
        let apart = char::from(if separator == b' ' { b',' } else { separator });
        let parts = |c: char| matches!(c, ':' | '=') || c == apart;
        let words: Vec<&str> = line.split(parts).collect();
        for pair in words.windows(2) {
            let key: String = pair[0].chars().filter(char::is_ascii_alphanumeric).collect();
            let next = pair[1].trim();
            let value = || seconds(next, separator != b',');
            match key.to_lowercase().as_str() {
                "samplerate" | "samplingrate" => {
                    let rate = text::rate(next).map(|rate| rate as f64).or_else(value);
                    self.interval = rate.filter(|rate| *rate > 0.0).map(|rate| 1.0 / rate).or(self.interval);
                }
                "sampleinterval" | "samplinginterval" | "timeinterval" | "tinc" => {
                    self.interval = value().filter(|step| *step > 0.0).or(self.interval);
                }
                "t0" => self.start = value().unwrap_or(self.start),
                _ => {}
            }
        }
    }

    /// A Rigol's names, with their values in the line below.
    fn names_and_values(&mut self, names: &[String], values: &[String], comma: bool) {
        for (name, value) in names.iter().zip(values) {
            match (name.to_lowercase().as_str(), number(value.as_bytes(), comma)) {
                ("increment", Some(step)) if step > 0.0 => self.interval = Some(step),
                ("start", Some(start)) => self.start = start,
                _ => {}
            }
        }
    }
}

/// Names of a column of times, in the languages of instruments' exports, or a unit of time after any name.
fn is_time(name: &str) -> bool {
    let name = name.trim_start_matches([';', '#', ' ']);
    let word: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    let word = word.to_ascii_lowercase();
    matches!(
        word.as_str(),
        "time" | "times" | "second" | "seconds" | "t" | "s" | "zeit" | "temps" | "tiempo" | "tempo" | "tijd"
    ) || in_brackets(name).and_then(unit).is_some()
}

fn is_numbering(name: &str) -> bool {
    matches!(
        name.trim().to_ascii_lowercase().as_str(),
        "x" | "sequence" | "nr" | "no" | "#" | "index" | "sample" | "samples"
    )
}

/// Seconds that a column's name counts, if it names a unit: `Time (ms)`, `(ms)`, `time_ms`, `Time ms`.
fn time_unit(name: &str) -> Option<f64> {
    in_brackets(name).or_else(|| name.rsplit_once(['_', ' ']).map(|(_, last)| last)).and_then(unit)
}

fn in_brackets(name: &str) -> Option<&str> {
    let open = name.find(['(', '['])?;
    Some(name.get(open + 1..)?.trim_end_matches([')', ']', ' ']))
}

/// Seconds of a unit of time.
fn unit(name: &str) -> Option<f64> {
    match name.trim() {
        "s" | "S" | "sec" => Some(1.0),
        "ms" | "mS" | "msec" => Some(1e-3),
        "us" | "uS" | "\u{B5}s" | "\u{3BC}s" | "usec" => Some(1e-6),
        "ns" | "nS" | "nsec" => Some(1e-9),
        "ps" | "pS" => Some(1e-12),
        _ => None,
    }
}

/// A number, with a unit of time or without: `41.667uS`.
fn seconds(text: &str, comma: bool) -> Option<f64> {
    let split = text.trim_end_matches(|c: char| c.is_alphabetic()).len();
    let (value, name) = text.split_at(split);
    let scale = if name.is_empty() { Some(1.0) } else { unit(name) };
    number(value.trim().as_bytes(), comma).zip(scale).map(|(value, scale)| value * scale)
}

/// A word that stands for a voltage.
fn of_voltage(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    matches!(field.as_str(), "volt" | "volts" | "v" | "mv")
        || ["(v)", "[v]", "(mv)", "[mv]"].iter().any(|unit| field.ends_with(unit))
        || (field.starts_with("ch") && field.ends_with('v') && field.len() <= 5)
}

/// A heading that tells a unit and no name.
fn of_unit(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let field = field.trim_matches(['(', ')', '[', ']']);
    matches!(field, "" | "volt" | "volts" | "v" | "mv" | "value" | "ampl" | "amplitude" | "logic")
}

/// A channel's name without its unit.
fn plain(name: &str) -> String {
    let mut name = name.trim_start_matches([';', '#', ' ']).trim_end();
    for unit in ["(V)", "[V]", "(mV)", "[mV]", "(Volt)"] {
        name = name.strip_suffix(unit).unwrap_or(name).trim_end();
    }
    let short = name.strip_suffix('V').filter(|short| {
        short.strip_prefix("CH").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    short.unwrap_or(name).to_owned()
}

fn grows(body: &[&[u8]], column: usize, separator: u8) -> bool {
    let values: Vec<f64> = body
        .iter()
        .filter_map(|line| fields(line, separator).nth(column))
        .filter_map(|field| number(field, separator != b','))
        .collect();
    values.windows(2).all(|pair| pair[0] <= pair[1]) && values.first() < values.last()
}
