//! Everything that a key can mean besides a key of the far end, and the one table that the keymap and the
//! help overlay both read: a key that is not in [`BINDINGS`] does nothing, and a line that is there works.

/// What a key of petterm's own does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show the keys.
    Help,
    /// End the session and the program.
    Quit,
    /// Hang up, or connect again.
    HangUp,
    /// Send files.
    Upload,
    /// Receive files.
    Download,
    /// Start or stop a capture of screen text.
    Capture,
    /// Start or stop a log of received bytes.
    Log,
    /// Write the screen to a text file.
    Dump,
    /// The phone book.
    PhoneBook,
    /// Choose the screen.
    Screen,
    /// Choose the code on the wire and the charset.
    Wire,
    /// Choose the echo.
    Echo,
    /// Choose speed and frame.
    Line,
    /// Send a break.
    Break,
    /// Drive DTR and RTS.
    ModemLines,
    /// Show or hide the hex view.
    Hex,
    /// The scope of the wire.
    Scope,
    /// Show 40 columns, or all.
    View40,
    /// The next colour theme.
    Theme,
    /// Look at what scrolled off.
    Scrollback,
    /// Search what scrolled off.
    Search,
    /// A colour key of the C64, 0-15.
    Colour(u8),
    /// RVS ON, for hosts that cannot report Ctrl-9.
    ReverseOn,
    /// RVS OFF, for hosts that cannot report Ctrl-0.
    ReverseOff,
    /// Shift-RETURN, for hosts that cannot report it.
    ShiftReturn,
    /// INST, for hosts that cannot report Shift-Backspace.
    Inst,
    /// The prefix key itself goes to the far end.
    SendPrefix,
}

/// A key after the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// This character, upper or lower case.
    Char(char),
    /// A digit of this range with Alt.
    AltDigits(char, char),
    /// A digit of this range.
    Digits(char, char),
    /// RETURN.
    Enter,
    /// Backspace.
    Backspace,
    /// Page up or down.
    Page,
    /// The prefix once more.
    Prefix,
}

/// A key after the prefix and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The key.
    pub after: After,
    /// How the help overlay writes it.
    pub label: &'static str,
    /// What it does; for ranges, what the first key of the range does.
    pub action: Action,
    /// What the help overlay says.
    pub help: &'static str,
}

const fn char_key(c: char, label: &'static str, action: Action, help: &'static str) -> Binding {
    Binding { after: After::Char(c), label, action, help }
}

/// Every key after the prefix, in the order of the help overlay.
pub const BINDINGS: &[Binding] = &[
    char_key('?', "?", Action::Help, "this list"),
    char_key('q', "q", Action::Quit, "quit"),
    char_key('h', "h", Action::HangUp, "hang up; once more: connect again"),
    char_key('p', "p", Action::PhoneBook, "phone book"),
    char_key('u', "u", Action::Upload, "upload: send files"),
    char_key('d', "d", Action::Download, "download: receive files"),
    char_key('c', "c", Action::Capture, "capture screen text to a file; once more: stop"),
    char_key('l', "l", Action::Log, "log received bytes to a file; once more: stop"),
    char_key('s', "s", Action::Dump, "write the screen to a text file"),
    char_key('m', "m", Action::Screen, "screen: which machine, strict or board"),
    char_key('y', "y", Action::Wire, "wire: PETSCII or ASCII, charset"),
    char_key('e', "e", Action::Echo, "echo"),
    char_key('b', "b", Action::Line, "baud and line format"),
    char_key('k', "k", Action::Break, "send a break"),
    char_key('g', "g", Action::ModemLines, "DTR and RTS"),
    char_key('x', "x", Action::Hex, "hex view of the latest bytes"),
    char_key('w', "w", Action::Scope, "scope of the wire: levels, bits and values as they come"),
    char_key('v', "v", Action::View40, "40-column view"),
    char_key('t', "t", Action::Theme, "theme: green, amber, white, colour"),
    char_key('/', "/", Action::Search, "search the scrollback"),
    Binding {
        after: After::Page,
        label: "PgUp PgDn",
        action: Action::Scrollback,
        help: "scrollback (Shift-PgUp does the same without the prefix)",
    },
    Binding {
        after: After::Digits('1', '8'),
        label: "1-8",
        action: Action::Colour(0),
        help: "C64 colours: black white red cyan purple green blue yellow",
    },
    Binding {
        after: After::AltDigits('1', '8'),
        label: "Alt-1-8",
        action: Action::Colour(8),
        help: "the others: orange brown l.red d.grey grey l.green l.blue l.grey",
    },
    char_key('9', "9", Action::ReverseOn, "RVS ON"),
    char_key('0', "0", Action::ReverseOff, "RVS OFF"),
    Binding {
        after: After::Enter,
        label: "Enter",
        action: Action::ShiftReturn,
        help: "Shift-RETURN, where the host cannot tell it from RETURN",
    },
    Binding {
        after: After::Backspace,
        label: "Backspace",
        action: Action::Inst,
        help: "INST, where the host cannot tell Shift-Backspace",
    },
    Binding {
        after: After::Prefix,
        label: "Ctrl-]",
        action: Action::SendPrefix,
        help: "the prefix twice sends Ctrl-] to the far end",
    },
];

/// Keys that need no prefix, for the help overlay.
pub const DIRECT: &[(&str, &str)] = &[
    ("Ctrl-] or F9", "the prefix of the keys above"),
    ("Shift-PgUp, Shift-PgDn", "scrollback"),
    ("Esc", "while a paste is being sent: cancels the rest of it; in a transfer: asks whether to cancel"),
];

/// Keys of the start screen and the phone book, for the help.
pub const LISTS: &[(&str, &str)] = &[
    ("Up, Down, Enter", "choose and call"),
    ("a", "start screen: an address; phone book: a new entry"),
    ("d", "phone book: remove the entry"),
    ("r", "start screen: look for ports again"),
    ("Space, Backspace", "files to send: mark one; the folder above"),
    ("Esc", "back; on the start screen, and with q, quit"),
];

/// How the prefix is written wherever it is mentioned.
pub const PREFIX: &str = "Ctrl-] or F9";
