//! Who may use whom: the table of `docs/architecture.md`, held against every path in `src/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the table.
#[derive(Debug)]
struct Row {
    module: Vec<String>,
    inside: Vec<Vec<String>>,
    outside: BTreeSet<String>,
}

fn split_path(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}

fn table(document: &str) -> Vec<Row> {
    let rows: Vec<Row> = document
        .lines()
        .skip_while(|line| *line != "| module | inside | outside |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let list = |cell: &str| -> Vec<String> {
                cell.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
            };
            Row {
                module: split_path(cells[0].trim_matches('`')),
                inside: list(cells[1]).iter().map(|path| split_path(path)).collect(),
                outside: list(cells[2]).into_iter().collect(),
            }
        })
        .collect();
    assert!(rows.len() >= 10, "the table of docs/architecture.md was not found");
    rows
}

fn row_of<'a>(rows: &'a [Row], module: &[String]) -> Option<&'a Row> {
    rows.iter().filter(|row| module.starts_with(&row.module)).max_by_key(|row| row.module.len())
}

/// Code without comments, strings and characters, so that what is left are names and signs.
fn bare(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let mut out = String::with_capacity(code.len());
    let mut i = 0;
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            ('r', '"' | '#') if i == 0 || !(at(i - 1).is_alphanumeric() || at(i - 1) == '_') => {
                let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
                if at(i + 1 + hashes) != '"' {
                    // A raw name, r#type.
                    out.push(at(i));
                    i += 1;
                    continue;
                }
                i += 2 + hashes;
                while i < chars.len()
                    && !(at(i) == '"'
                        && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes)
                {
                    i += 1;
                }
                i += 1 + hashes;
                out.push_str("\"\"");
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                out.push_str("\"\"");
            }
            ('\'', '\\') => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// Code without the modules and items that are only compiled for tests.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::new();
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        out.push_str(&rest[..start]);
        let item = &rest[start + MARK.len()..];
        let mut depth = 0;
        let end = item.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && (c == '}' || c == ';')).then_some(at + 1)
        });
        rest = &item[end.unwrap_or(item.len())..];
    }
    out + rest
}

fn tokens(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            let mut word = c.to_string();
            while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            out.push(word);
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            out.push("::".to_owned());
        } else if !c.is_whitespace() {
            out.push(c.to_string());
        }
    }
    out
}

/// Every path of two names or more, groups in braces spelled out.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    fn is_name(token: &str) -> bool {
        token.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
    fn tree(tokens: &[String], at: &mut usize, before: &[String], out: &mut Vec<Vec<String>>) {
        let mut path = before.to_vec();
        loop {
            match tokens.get(*at).map(String::as_str) {
                Some("{") => {
                    *at += 1;
                    while !matches!(tokens.get(*at).map(String::as_str), None | Some("}")) {
                        let start = *at;
                        tree(tokens, at, &path, out);
                        if *at == start {
                            *at += 1;
                        }
                    }
                    *at += 1;
                    return;
                }
                Some(name) if is_name(name) => {
                    path.push(name.to_owned());
                    *at += 1;
                }
                Some("*") => *at += 1,
                _ => break,
            }
            if tokens.get(*at).map(String::as_str) != Some("::") {
                break;
            }
            *at += 1;
        }
        if path.len() > before.len() && path.len() > 1 {
            out.push(path);
        }
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = is_name(&tokens[at]) && tokens.get(at + 1).is_some_and(|next| next == "::");
        if begins && (at == 0 || tokens[at - 1] != "::") {
            tree(tokens, &mut at, &[], &mut out);
        } else {
            at += 1;
        }
    }
    out
}

fn sources(directory: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// A file's module, `None` for files of tests.
fn module_of(src: &Path, file: &Path) -> Option<Vec<String>> {
    let relative = file.strip_prefix(src).unwrap().with_extension("");
    let mut module: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.iter().any(|part| part == "tests") {
        return None;
    }
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    Some(module)
}

/// A path's name for a part of the operating system, if that is what it is.
fn is_system(path: &[String]) -> bool {
    const PLAIN: &[&str] = &["Ipv4Addr", "Ipv6Addr", "IpAddr", "SocketAddr", "AddrParseError"];
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names[..] {
        ["std", "net", name, ..] => !PLAIN.contains(&name),
        ["std", "fs" | "net" | "thread" | "env" | "process", ..] => true,
        ["std", "time", "Instant" | "SystemTime", ..] => true,
        _ => false,
    }
}

/// What a path is an edge to: a module of ours, or a name for the outside.
enum Edge {
    Inside(Vec<String>),
    Outside(String),
    None,
}

fn edge(module: &[String], path: &[String], crates: &BTreeSet<String>) -> Edge {
    let supers = path.iter().take_while(|name| *name == "super").count();
    if supers > 0 && supers <= module.len() {
        let mut absolute = module[..module.len() - supers].to_vec();
        absolute.extend_from_slice(&path[supers..]);
        return Edge::Inside(absolute);
    }
    match path[0].as_str() {
        "crate" | "petterm" => Edge::Inside(path[1..].to_vec()),
        "std" if is_system(path) => Edge::Outside("system".to_owned()),
        first if crates.contains(first) => Edge::Outside(first.to_owned()),
        _ => Edge::None,
    }
}

/// Why an edge is forbidden, `None` if it is not.
fn forbidden(rows: &[Row], module: &[String], edge: &Edge) -> Option<String> {
    let row = row_of(rows, module)?;
    let spelled = row.module.join("::");
    match edge {
        Edge::Inside(path) => {
            // Names of the crate's root (a test's helper, say) belong to no module.
            let target = row_of(rows, path)?;
            let own = path.starts_with(&row.module) || row.module.starts_with(&target.module);
            let allowed = row.inside.iter().any(|allowed| target.module.starts_with(allowed));
            (!own && !allowed).then(|| format!("{spelled} may not use {}", target.module.join("::")))
        }
        Edge::Outside(name) if name == "thiserror" || row.outside.contains(name) => None,
        Edge::Outside(name) => Some(format!("{spelled} may not use {name}")),
        Edge::None => None,
    }
}

fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut out = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
        } else if inside && let Some((name, _)) = line.split_once('=') {
            out.insert(name.trim().replace('-', "_"));
        }
    }
    out
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_path_in_src_is_in_the_table() {
    let rows = table(&fs::read_to_string(root().join("docs/architecture.md")).unwrap());
    let crates = dependencies(&fs::read_to_string(root().join("Cargo.toml")).unwrap());
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 20);
    let (mut edges, mut wrong) = (0, BTreeSet::new());
    for file in files {
        let Some(module) = module_of(&src, &file) else { continue };
        if module == ["lib"] {
            continue;
        }
        assert!(row_of(&rows, &module).is_some(), "{module:?} has no row in docs/architecture.md");
        let code = without_tests(&bare(&fs::read_to_string(&file).unwrap()));
        for path in paths(&tokens(&code)) {
            let edge = edge(&module, &path, &crates);
            edges += usize::from(!matches!(edge, Edge::None));
            if let Some(why) = forbidden(&rows, &module, &edge) {
                wrong.insert(format!("{}: {}: {why}", file.display(), path.join("::")));
            }
        }
    }
    assert!(edges > 100, "only {edges} edges were seen");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_dependency_is_used_and_accounted_for() {
    let crates = dependencies(&fs::read_to_string(root().join("Cargo.toml")).unwrap());
    let listed = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let code: String = files.iter().map(|file| bare(&fs::read_to_string(file).unwrap())).collect();
    for name in &crates {
        let dashed = name.replace('_', "-");
        let is_listed = listed.contains(&format!("| `{name}`")) || listed.contains(&format!("| `{dashed}`"));
        assert!(is_listed, "{dashed} has no line in docs/dependencies.md");
        let is_used = tokens(&code).windows(2).any(|pair| pair[0] == *name && pair[1] == "::");
        assert!(is_used, "{dashed} is in Cargo.toml and used nowhere in src/");
    }
}

// ---- the reader itself --------------------------------------------------------------------------------

fn edges_of(module: &str, code: &str) -> Vec<String> {
    let rows = table(&fs::read_to_string(root().join("docs/architecture.md")).unwrap());
    let crates: BTreeSet<String> = ["clap".to_owned(), "ratatui".to_owned()].into();
    let module = split_path(module);
    paths(&tokens(&without_tests(&bare(code))))
        .iter()
        .filter_map(|path| forbidden(&rows, &module, &edge(&module, path, &crates)))
        .collect()
}

#[test]
fn the_reader_sees_forbidden_edges_in_every_spelling() {
    for (module, code) in [
        ("screen", "use crate::ui::theme;"),
        ("screen::cbm", "fn f() { crate::link::open() }"),
        ("screen::cbm", "use super::super::cli::args;"),
        ("line", "use crate::{time::Stamp, engine::{Echo}};"),
        ("engine", "use std::{io, fs::File};"),
        ("engine", "let now = std::time::Instant::now();"),
        ("telnet", "use std::net::TcpStream;"),
        ("petscii", "use clap::Parser;"),
        ("ui::render", "use ratatui::style::Color;"),
        ("link::sim", "std::thread::spawn(f);"),
        ("link", "use crate::cli::exit;"),
        ("time", "let x = '\"'; use crate::line::Bit;"),
    ] {
        assert_eq!(edges_of(module, code).len(), 1, "{module}: {code}");
    }
}

#[test]
fn the_reader_sees_nothing_where_there_is_nothing() {
    for (module, code) in [
        ("screen", "use crate::petscii::{CharSet, Petscii}; use super::grid;"),
        (
            "screen",
            "// use crate::ui::theme;\n/* crate::cli /* crate::link::x */ crate::ui::y */ let s = \"crate::ui::x\";",
        ),
        ("screen", "let s = r#\"crate::\"ui::x\"#; let c = '\\''; let d = 'x';"),
        ("screen", "#[cfg(test)]\nmod tests { use crate::ui::theme; }\nuse crate::petscii::X;"),
        ("engine", "use std::net::{Ipv4Addr, Ipv6Addr}; use std::{fmt, sync::Arc};"),
        ("ui::tui::draw", "use ratatui::style::Color; use super::super::theme;"),
        ("link::serial", "use std::fs::File; use crate::link::fd::X;"),
        ("engine", "fn f<'a>(x: &'a str) -> &'a str { x }"),
    ] {
        assert_eq!(edges_of(module, code), [] as [&str; 0], "{module}: {code}");
    }
}
