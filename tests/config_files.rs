//! The config file and the phone book: whole or not at all, and with the place of what is wrong.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use petterm::cli::config::Config;
use petterm::cli::phonebook::Book;
use petterm::cli::settings::PartialSettings;
use petterm::cli::values::{Baud, Columns, Switch};
use petterm::ui::front::Theme;
use proptest::prelude::*;
use rstest::rstest;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        fs::create_dir(home.0.path().join("petterm")).unwrap();
        home
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join("petterm").join(name)
    }

    fn with(name: &str, text: impl AsRef<[u8]>) -> (Home, PathBuf) {
        let home = Home::new();
        let path = home.file(name);
        fs::write(&path, text).unwrap();
        (home, path)
    }

    fn petterm(&self, words: &[&str]) -> Output {
        self.petterm_fed(words, b"")
    }

    fn petterm_fed(&self, words: &[&str], stdin: &[u8]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_petterm"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PETTERM_")) {
            command.env_remove(name);
        }
        let mut child = command
            .args(words)
            .env("XDG_CONFIG_HOME", self.0.path())
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        child.wait_with_output().unwrap()
    }

    fn good(&self, words: &[&str]) -> String {
        let out = self.petterm(words);
        assert_eq!(out.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn bad(&self, words: &[&str], code: i32) -> String {
        let out = self.petterm(words);
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{words:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        stderr
    }
}

fn config_error(text: &str) -> String {
    let (_home, path) = Home::with("config.toml", text);
    let error = Config::read(&path, false).expect_err(text).to_string();
    error.strip_prefix(&format!("{}:", path.display())).unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn a_config_file_sets_what_it_says() {
    let text = "baud = 600\ntheme = \"amber\"\nno-lock = true\nstopbits = 1.5\n\
                [profile.shop]\nline = \"1200-7E1\"\n[profile.\"my shop\"]\ncols = 40\n";
    let (_home, path) = Home::with("config.toml", text);
    let config = Config::read(&path, false).unwrap();
    assert_eq!(config.settings.baud, Some(Baud(600)));
    assert_eq!(config.settings.theme, Some(Theme::Amber));
    assert_eq!(config.settings.no_lock, Some(Switch(true)));
    let names: Vec<_> = config.profiles.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["my shop", "shop"]);
    assert_eq!(config.profiles[0].1, PartialSettings { cols: Some(Columns::Forty), ..Default::default() });
}

#[rstest]
#[case("baud = 600\nbaudd = 3\n", "2:1: there is no setting 'baudd'; did you mean 'baud'?")]
#[case("\n  [profile.x]\n  them = 1\n", "3:3: there is no setting 'them'; did you mean 'theme'?")]
#[case("zzz = 1", "1:1: there is no setting 'zzz'; 'petterm config example' lists them")]
#[case("baud_rate = 1", "1:1: there is no setting 'baud_rate'; 'petterm config example' lists them")]
#[case("baud = \"600\"", "1:8: baud needs a number, not a string")]
#[case("strip7 = 1", "1:10: strip7 needs true or false, not a number")]
#[case("theme = true", "1:9: theme needs a string, not true or false")]
#[case("baud = [300]", "1:8: baud needs a plain value, not a list")]
#[case("baud = 0x12C", "1:8: baud needs a plain value, not a number that is not decimal")]
#[case("baud = 0", "1:8: baud: a whole number from 1 to 4000000 is needed")]
#[case("baud = -5", "1:8: baud: a whole number from 1 to 4000000 is needed")]
#[case("timeout = nan", "1:11: timeout: a number of seconds from 0.001 to 86400 is needed")]
#[case("profile = 3", "1:11: a profile is a table, [profile.NAME], not a number")]
#[case("profile.x = 3", "1:13: a profile is a table, [profile.NAME], not a number")]
#[case("script = \"x\"", "1:1: script belongs to one run; give it on the command line as --script")]
#[case("telnet = true\nraw = true", " telnet and raw exclude each other; leave one out")]
fn what_is_wrong_has_line_and_column(#[case] text: &str, #[case] wanted: &str) {
    assert_eq!(config_error(text), wanted);
}

#[rstest]
#[case("baud = \n", "1:")]
#[case("theme = \"green\nbaud = 300", "1:")]
#[case("a\nb", "1:")]
#[case("[profile", "1:")]
#[case("baud = 1\nbaud = 2", "2:1:")]
#[case("# \u{e9}\u{e9}\u{e9} x\nbaud == 3", "2:")]
fn a_syntax_error_has_line_and_column(#[case] text: &str, #[case] place: &str) {
    let error = config_error(text);
    assert!(error.starts_with(place) && error.contains("is not TOML here"), "{error}");
}

#[test]
fn a_column_counts_characters() {
    assert!(config_error("theme = \"gr\u{fc}n\" # \u{e9}").starts_with("1:9:"));
    assert!(config_error("wait-prompt = \"\u{fc}\u{fc}\"\nprofile = {x = {\u{e9} = 1}}").starts_with("2:"));
}

#[test]
fn bytes_that_are_no_text_are_told_of() {
    let (_home, path) = Home::with("config.toml", b"baud = 300\n# \xff\n");
    let error = Config::read(&path, false).unwrap_err().to_string();
    assert!(error.contains(":2:3: is not UTF-8"), "{error}");
}

#[test]
fn a_huge_file_is_refused_unread() {
    let (_home, path) = Home::with("config.toml", "");
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    let error = Config::read(&path, false).unwrap_err().to_string();
    assert!(error.contains("over 1 MiB"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_of() {
    let home = Home::new();
    fs::create_dir(home.file("config.toml")).unwrap();
    let error = Config::read(&home.file("config.toml"), false).unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

#[test]
fn only_a_file_that_was_asked_for_must_exist() {
    let path = Path::new("/nonexistent/config.toml");
    assert_eq!(Config::read(path, false).unwrap(), Config::default());
    assert!(Config::read(path, true).unwrap_err().to_string().contains("no such file"));
}

#[test]
fn nothing_starts_with_a_config_file_that_has_an_error() {
    let (home, path) = Home::with("config.toml", "theme = \"amber\"\nbaud = 0\n");
    for words in
        [&["demo", "--fast", "--dump", "text"][..], &["config"], &["config", "check"], &["phonebook", "list"]]
    {
        let stderr = home.bad(words, 2);
        assert!(stderr.contains(&format!("{}:2:8: baud", path.display())), "{stderr}");
    }
    home.good(&["config", "--no-config"]);
    home.good(&["man"]);
}

#[test]
fn the_example_is_a_good_config_file_with_and_without_its_hashes() {
    let home = Home::new();
    let example = home.good(&["config", "example"]);
    fs::write(home.file("config.toml"), &example).unwrap();
    home.good(&["config", "check"]);
    let setting = |line: &str| {
        let bare = line.strip_prefix("# ")?;
        let is_setting =
            bare.starts_with('[') || bare.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '));
        is_setting.then(|| bare.to_owned())
    };
    let uncommented: String =
        example.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect();
    fs::write(home.file("config.toml"), &uncommented).unwrap();
    home.good(&["config", "check"]);
    let config = Config::read(&home.file("config.toml"), true).unwrap();
    let shown: Vec<String> = config.settings.entries().into_iter().map(|(name, ..)| name).collect();
    let spelled_otherwise = ["board", "raw", "local-echo"];
    for name in petterm::cli::settings::names() {
        assert!(
            shown.contains(&name) || spelled_otherwise.contains(&name.as_str()),
            "{name} is not in the example"
        );
    }
    assert_eq!(config.profiles.len(), 1);
}

#[test]
fn config_prints_what_a_config_file_takes() {
    let (home, _) =
        Home::with("config.toml", "baud = 600\nwait-prompt = \"a \\\" b\"\n[profile.shop]\nset7 = true\n");
    let shown = home.good(&["config", "--profile", "shop", "--strip7", "--log=x y.log"]);
    fs::write(home.file("config.toml"), &shown).unwrap();
    let again = home.good(&["config"]);
    let settings = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.rsplit_once("  # ").unwrap().0.trim_end().to_owned())
            .collect()
    };
    assert_eq!(settings(&shown), settings(&again));
    assert!(shown.contains("set7 = true") && shown.contains("# profile shop"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_text_makes_the_readers_panic(text in "[a-z0-9\\[\\]=\"'.#\\n \\-\u{e9}]{0,60}") {
        let (_home, path) = Home::with("config.toml", &text);
        let _ = Config::read(&path, true);
        let _ = Book::read(&path);
    }
}

// ---- the phone book -----------------------------------------------------------------------------------

fn names(home: &Home) -> Vec<String> {
    let (book, _) = Book::read(&home.file("phonebook.toml")).unwrap();
    book.entries().iter().map(|entry| entry.name.clone()).collect()
}

fn files(home: &Home) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(home.0.path().join("petterm"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_book_has_the_demo_board_and_level_29() {
    let home = Home::new();
    let list = home.good(&["phonebook", "list"]);
    assert!(list.contains("Demo board") && list.contains("demo:"), "{list}");
    assert!(list.contains("bbs.fozztexx.com:23") && list.contains("unverified"), "{list}");
    assert!(files(&home).is_empty(), "looking makes no file");
}

#[test]
fn an_entry_is_added_listed_and_removed() {
    let home = Home::new();
    home.good(&[
        "phonebook",
        "add",
        "My board",
        "host.example:6400",
        "--screen",
        "c64",
        "--raw",
        "--number",
        "555-0123",
        "--note",
        "open at \"night\"",
        "--no-cr-nul",
        "--binary",
        "yes",
    ]);
    assert_eq!(names(&home), ["Demo board", "Level 29", "My board"]);
    let json: serde_json::Value = serde_json::from_str(&home.good(&["phonebook", "list", "--json"])).unwrap();
    let entry = &json[2];
    assert_eq!(entry["name"], "My board");
    assert_eq!(entry["address"], "host.example:6400");
    assert_eq!(entry["mode"], "raw");
    assert_eq!(entry["screen"], "c64");
    assert_eq!(entry["number"], "555-0123");
    assert_eq!(entry["note"], "open at \"night\"");
    assert_eq!(entry["cr-nul"], false);
    assert_eq!(entry["binary"], true);
    assert_eq!(entry["wire"], "auto");
    home.good(&["phonebook", "remove", "MY BOARD"]);
    assert_eq!(names(&home), ["Demo board", "Level 29"]);
    assert_eq!(files(&home), ["phonebook.toml"]);
}

#[test]
fn a_name_is_there_once() {
    let home = Home::new();
    let stderr = home.bad(&["phonebook", "add", "level 29", "h"], 2);
    assert!(stderr.contains("already"), "{stderr}");
    assert!(files(&home).is_empty(), "a refusal writes nothing");
}

#[test]
fn removing_what_is_not_there_ends_with_3() {
    let home = Home::new();
    let stderr = home.bad(&["phonebook", "remove", "level 28"], 3);
    assert!(stderr.contains("did you mean 'Level 29'?"), "{stderr}");
}

#[rstest]
#[case(&["", "h"], "1 to 60")]
#[case(&[" x", "h"], "blanks")]
#[case(&["x\u{7}", "h"], "1 to 60")]
#[case(&["x", ""], "empty")]
#[case(&["x", "h:99999"], "port")]
#[case(&["x", "h", "--number", "ATZ"], "digits")]
#[case(&["x", "h:64", "--strip7"], "bit 7")]
#[case(&["x", "h", "--profile", "nope"], "no profile")]
fn an_entry_that_cannot_be_called_is_not_added(#[case] words: &[&str], #[case] why: &str) {
    let home = Home::new();
    let stderr = home.bad(&[&["phonebook", "add"], words].concat(), 2);
    assert!(stderr.contains(why), "{stderr}");
    assert!(files(&home).is_empty());
}

const BY_HAND: &str = "\
# my boards
[[entry]]  # the first
name = \"One\"   # by hand
address = \"one.example\"

# about two
[[ entry ]]
name = \"Two\"
address = \"two.example:64\"
note = '''
[[entry]]
is no entry here
'''
";

#[test]
fn what_was_written_by_hand_stays_as_it_is() {
    let (home, path) = Home::with("phonebook.toml", BY_HAND);
    home.good(&["phonebook", "add", "Three", "three.example"]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(BY_HAND), "{text}");
    home.good(&["phonebook", "remove", "Three"]);
    assert_eq!(fs::read_to_string(&path).unwrap().trim_end(), BY_HAND.trim_end());
    home.good(&["phonebook", "remove", "one"]);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, BY_HAND.replace(&BY_HAND[12..BY_HAND.find("# about two").unwrap()], ""));
    assert_eq!(names(&home), ["Two"]);
}

#[test]
fn a_book_in_an_unusual_layout_is_changed_too() {
    let inline = "entry = [\n { name = \"A\", address = \"a\" },\n { name = \"B\", address = \"b\" },\n]\n";
    let (home, _) = Home::with("phonebook.toml", inline);
    home.good(&["phonebook", "remove", "A"]);
    assert_eq!(names(&home), ["B"]);
    home.good(&["phonebook", "add", "C", "c"]);
    assert_eq!(names(&home), ["B", "C"]);
    home.good(&["phonebook", "remove", "B"]);
    home.good(&["phonebook", "remove", "C"]);
    assert_eq!(names(&home), [] as [&str; 0], "an empty book stays empty");
}

#[rstest]
#[case("[[entry]]\nname = \"A\"\n", ":1:1: this entry has no address")]
#[case("[[entry]]\naddress = \"a\"\n", ":1:1: this entry has no name")]
#[case(
    "[[entry]]\nname = \"A\"\nadress = \"a\"\n",
    ":3:1: an entry has no 'adress'; did you mean 'address'?"
)]
#[case("[[entry]]\nname = \"A\"\naddress = \"a\"\nmode = \"fast\"\n", ":4:8: mode: one of auto, telnet, raw")]
#[case("[[entry]]\nname = \"A\"\naddress = \"a\"\ncolumns = 50\n", ":4:11: columns: one of 40, 80")]
#[case("[[entry]]\nname = \"A\"\naddress = \"a\"\nscreen = \"c65\"\n", ":4:10: screen: one of")]
#[case("[[entry]]\nname = 3\n", ":2:8: name needs a string, not a number")]
#[case(
    "[[entry]]\nname = \"A\"\naddress = \"a\"\n[[entry]]\nname = \"a\"\naddress = \"b\"\n",
    ":4:1: a second entry"
)]
#[case("[entry]\nname = \"A\"\n", "double brackets")]
#[case("name = \"A\"\n", ":1:1: there is no 'name' in a phone book")]
fn a_book_with_an_error_is_told_of_and_never_written(#[case] text: &str, #[case] wanted: &str) {
    let (home, path) = Home::with("phonebook.toml", text);
    for words in [&["phonebook", "list"][..], &["phonebook", "add", "X", "x"], &["phonebook", "remove", "A"]]
    {
        let stderr = home.bad(words, 2);
        assert!(stderr.contains(wanted), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(files(&home), ["phonebook.toml"]);
}

#[test]
fn export_and_import_carry_a_book_over() {
    let home = Home::new();
    home.good(&["phonebook", "add", "X", "x.example", "--screen", "vic20", "--wire", "petscii"]);
    let file = home.0.path().join("book.toml");
    let file = file.to_str().unwrap();
    home.good(&["phonebook", "export", file]);
    assert_eq!(home.good(&["phonebook", "export", "-"]), fs::read_to_string(file).unwrap());
    let stderr = home.bad(&["phonebook", "export", file], 6);
    assert!(stderr.contains("exists"), "{stderr}");

    let (other, _) = Home::with("phonebook.toml", "");
    other.good(&["phonebook", "import", file]);
    assert_eq!(names(&other), ["Demo board", "Level 29", "X"]);
    let before = fs::read_to_string(other.file("phonebook.toml")).unwrap();
    let stderr = other.bad(&["phonebook", "import", file], 2);
    assert!(stderr.contains("'X'") && stderr.contains("already"), "{stderr}");
    assert_eq!(fs::read_to_string(other.file("phonebook.toml")).unwrap(), before);
    assert!(other.bad(&["phonebook", "import", "nope.toml"], 3).contains("no such file"));
    let out = other.petterm_fed(&["phonebook", "import", "-"], b"[[entry]]\nname = \"Y\"\naddress = \"y\"\n");
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(names(&other).last().unwrap(), "Y");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new();
    let real = home.0.path().join("real.toml");
    fs::write(&real, BY_HAND).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&real, home.file("phonebook.toml")).unwrap();
    home.good(&["phonebook", "add", "Three", "three.example"]);
    assert!(fs::symlink_metadata(home.file("phonebook.toml")).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("three.example"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_book_that_cannot_be_written_ends_with_6() {
    let home = Home(tempfile::tempdir().unwrap());
    fs::write(home.0.path().join("petterm"), "a file where the directory should be").unwrap();
    let out = home.petterm(&["phonebook", "add", "X", "x"]);
    assert!(matches!(out.status.code(), Some(2 | 6)), "{out:?}");
    assert_eq!(
        fs::read_to_string(home.0.path().join("petterm")).unwrap(),
        "a file where the directory should be"
    );
}

// ---- view and convert ---------------------------------------------------------------------------------

#[test]
fn view_shows_the_screen_that_a_file_leaves() {
    let home = Home::new();
    let bytes = b"\x93\xc8ELLO\r\x12\xd0\xc5\xd4\x92";
    fs::write(home.0.path().join("hello.seq"), bytes).unwrap();
    let text = home.good(&["view", "hello.seq"]);
    let rows: Vec<_> = text.lines().collect();
    assert_eq!((rows.len(), rows[0]), (25, "Hello"));
    let out = home.petterm_fed(&["view", "-"], bytes);
    assert_eq!(String::from_utf8(out.stdout).unwrap(), text);
    let json: serde_json::Value =
        serde_json::from_str(&home.good(&["view", "hello.seq", "--dump", "json"])).unwrap();
    assert_eq!((json["cols"].as_u64(), json["cursor"][0].as_u64()), (Some(80), Some(1)));
    let small = home.good(&["view", "hello.seq", "--screen", "c64", "--dump", "json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&small).unwrap()["cols"], 40);
    assert!(home.bad(&["view", "nope.seq"], 3).contains("nope.seq"));
    assert!(
        home.bad(&["view", "hello.seq", "--screen", "8032-safe", "--strict"], 2).contains("no strict form")
    );
}

#[test]
fn view_draws_a_new_picture_and_writes_over_none() {
    let home = Home::new();
    fs::write(home.0.path().join("a.seq"), b"\x93HELLO").unwrap();
    let picture = home.good(&["view", "a.seq", "--svg", "-"]);
    assert!(picture.starts_with("<svg") || picture.starts_with("<?xml"), "{picture}");
    assert_eq!(home.good(&["view", "a.seq", "--svg", "a.svg"]), "");
    let file = home.0.path().join("a.svg");
    assert_eq!(fs::read_to_string(&file).unwrap(), picture);
    assert!(home.bad(&["view", "a.seq", "--theme", "amber", "--svg", "a.svg"], 6).contains("exists"));
    assert_eq!(fs::read_to_string(&file).unwrap(), picture);
    assert_ne!(home.good(&["view", "a.seq", "--theme", "amber", "--svg", "-"]), picture);
    assert!(home.bad(&["view", "a.seq", "--dump", "text", "--svg", "-"], 2).contains("stdout"));

    let piped = home.petterm_fed(&["view", "a.seq", "--png", "-"], b"");
    assert!(piped.status.success() && piped.stdout.starts_with(b"\x89PNG\r\n"));
    let both = ["view", "a.seq", "--png", "a.png", "--svg", "b.svg", "--dump", "text"];
    assert!(home.good(&both).starts_with("hello\n"), "a dump and two pictures at once");
    assert_eq!(fs::read(home.0.path().join("a.png")).unwrap(), piped.stdout);
    assert_eq!(fs::read_to_string(home.0.path().join("b.svg")).unwrap(), picture);
    assert!(home.bad(&["view", "a.seq", "--png", "a.png"], 6).contains("exists"));
    assert!(home.bad(&["view", "a.seq", "--png", "nowhere/a.png"], 6).contains("cannot be written"));
    assert!(home.bad(&["view", "a.seq", "--png", "-", "--svg", "-"], 2).contains("stdout"));
}

#[test]
fn convert_is_strict_unless_told_otherwise() {
    let home = Home::new();
    let convert = |words: &[&str], text: &[u8]| home.petterm_fed(&[&["convert"], words].concat(), text);
    let out = convert(&["--from", "utf-8", "--to", "petscii"], b"Hello\n");
    assert_eq!(out.stdout, b"\xc8ELLO\r");
    let out = convert(&["--from", "petscii", "--to", "utf-8", "-"], b"\xc8ELLO\r");
    assert_eq!(out.stdout, b"Hello\n");
    let out = convert(&["--from", "utf-8", "--to", "petscii"], "caf\u{e9}".as_bytes());
    assert_eq!(out.status.code(), Some(5));
    assert!(out.stdout.is_empty(), "nothing is written of what cannot be written whole");
    assert!(String::from_utf8(out.stderr).unwrap().contains("offset 3"));
    let out = convert(&["--from", "utf-8", "--to", "petscii", "--lossy"], "caf\u{e9}".as_bytes());
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(0), b"CAF?".as_slice()));
    assert!(home.bad(&["convert", "--from", "klingon", "--to", "ascii"], 2).contains("klingon"));
    assert!(home.bad(&["convert", "--from", "ascii", "--to", "cp437", "nope"], 3).contains("nope"));
    assert!(home.bad(&["convert", "--from", "ascii"], 2).contains("--to"));
}

#[test]
fn scripts_are_read_from_files_too() {
    let home = Home::new();
    fs::write(home.0.path().join("visit"), "sleep:1 quit").unwrap();
    home.good(&["demo", "--fast", "--script", "@visit"]);
    assert!(home.bad(&["demo", "--fast", "--script", "@nope"], 3).contains("nope"));
    fs::write(home.0.path().join("bytes"), b"\xff").unwrap();
    assert!(home.bad(&["demo", "--fast", "--script", "@bytes"], 2).contains("UTF-8"));
    assert!(home.bad(&["--script", "quit"], 2).contains("needs a target"));
}

#[test]
fn a_target_may_be_a_phone_book_entry() {
    let home = Home::new();
    let by_name = home.good(&["DEMO board", "--fast", "--dump", "text"]);
    assert_eq!(by_name, home.good(&["demo", "--fast", "--dump", "text"]));
    home.good(&["phonebook", "add", "mirror", "loop:", "--line", "1200-7E1"]);
    home.good(&["mirror", "--fast", "--script", "send:X wait:X quit"]);
    fs::write(home.file("phonebook.toml"), "nonsense").unwrap();
    assert!(home.bad(&["my board", "--fast"], 2).contains("phonebook.toml:1:"));
    home.good(&["demo", "--fast", "--dump", "text"]);
    home.good(&["loop:", "--fast", "--script", "send:X wait:X quit"]);
}
