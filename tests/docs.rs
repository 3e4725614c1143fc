//! The commands of the README and of `docs/` do what is written beside them.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

#[test]
fn the_commands_of_the_documents_do_what_they_say() {
    trycmd::TestCases::new()
        .case("README.md")
        .case("docs/*.md")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("NO_COLOR", "1");
}

/// What a document may call: `petterm` and what it says of itself in `--help`.
#[test]
fn no_document_speaks_of_an_option_that_does_not_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known: Vec<String> = Vec::new();
    collect(&petterm::cli::args::command(), &mut known);
    known.extend(["--help", "--version"].map(str::to_owned));
    // Options of cargo, and of peers.
    known.extend(
        [
            "--path",
            "--lib",
            "--no-default-features",
            "--bench",
            "--release",
            "--test",
            "--nocapture",
            "--no-escape",
        ]
        .map(str::to_owned),
    );
    let mut files = vec![root.join("README.md"), root.join("CHANGELOG.md"), root.join("CONTRIBUTING.md")];
    files.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(file).unwrap();
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            // A drawing's arrows, --edges--, are none.
            let is_option = !word.ends_with('-')
                && word
                    .strip_prefix("--")
                    .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
            if is_option {
                assert!(
                    known.iter().any(|option| option == word),
                    "{}: {word} does not exist",
                    file.display()
                );
            }
        }
    }
}

fn collect(command: &clap::Command, known: &mut Vec<String>) {
    known.extend(command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
    for sub in command.get_subcommands() {
        collect(sub, known);
    }
}

#[test]
fn the_first_line_says_what_petterm_is_not() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let first = readme.lines().next().unwrap();
    assert!(
        first.contains("desktop end") && first.contains("not the PETTERM that runs on the PET"),
        "{first}"
    );
    let warning = readme.find("destroys it").unwrap();
    assert!(warning < readme.find("cargo install").unwrap(), "volts come before the first command");
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("roms/README.md")];
    files.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(file).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if path.is_empty() || link.contains("://") {
                continue;
            }
            let there = file.parent().unwrap().join(path);
            assert!(there.exists(), "{}: {link} leads nowhere", file.display());
        }
    }
}
