//! Source check for what `#[hdl_gen]` translates silently into something else than Rust computes:
//!
//! - a comparison beside `& | ^` without parentheses of its own: the Verilog binds differently;
//! - a comparison with a bare literal, or in one statement with `+`, `-` or `!`: the Verilog computes in a wider context;
//! - a cast of an expression: its mask widens the context too.
//!
//! The cure is a sized local signal, or parentheses.

use std::{fs, path::Path};

/// Bodies of the functions under `#[hdl_gen]`.
fn kernels(source: &str) -> Vec<String> {
    let body = |text: &str| {
        let start = text.find('{').expect("a function has a body");
        let mut depth = 0_usize;
        let end = text[start..].char_indices().find(|&(_, c)| {
            depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
            depth == 0
        });
        text[start..start + end.expect("braces match").0].to_owned()
    };
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap()).collect();
    code.join("\n").split("#[hdl_gen]").skip(1).map(body).collect()
}

/// A statement without type arguments, and with the operators that are not comparisons renamed.
fn normalise(statement: &str) -> String {
    let mut text = String::new();
    let mut rest = statement;
    while let Some(start) = rest.find("::<") {
        text.push_str(&rest[..start]);
        rest = &rest[start..][rest[start..].find('>').expect("type arguments end") + 1..];
    }
    text.push_str(rest);
    text.replace("=>", "").replace("<<", "@").replace(">>", "@").replace("!=", "==")
}

fn is_literal(operand: &str) -> bool {
    operand.trim().starts_with(|c: char| c.is_ascii_digit())
}

/// The expression and everything in parentheses within it, each with inner parentheses emptied.
fn levels(text: &str) -> Vec<String> {
    let (mut done, mut open) = (vec![], vec![String::new()]);
    for c in text.chars() {
        match c {
            '(' | '[' => {
                open.last_mut().unwrap().push('(');
                open.push(String::new());
            }
            ')' | ']' if open.len() > 1 => {
                done.push(open.pop().unwrap());
                open.last_mut().unwrap().push(')');
            }
            ',' => done.push(std::mem::take(open.last_mut().unwrap())),
            _ => open.last_mut().unwrap().push(c),
        }
    }
    done.extend(open);
    done
}

/// Operands of the outermost `&` and `|` of an expression.
fn operands(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut all) = (0_i32, 0, vec![]);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '&' | '|' if depth == 0 => {
                all.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&text[start..]);
    all
}

/// What is wrong with a statement.
fn trap(statement: &str) -> Option<&'static str> {
    let text = normalise(statement);
    let text = text.trim().trim_start_matches("else").trim().trim_start_matches("if ");
    // The right side of an assignment.
    let text = text.split_once(".next = ").map_or(text, |(_, right)| right);
    let comparison = |level: &str| {
        level.contains("==")
            || level.contains(" < ")
            || level.contains(" > ")
            || level.contains("<=")
            || level.contains(">=")
    };
    for level in levels(text) {
        if comparison(&level) {
            if level.contains(['&', '|', '^']) {
                return Some("a comparison beside & | ^ needs parentheses");
            }
            let separators = ["==", "<=", ">=", " < ", " > "];
            if separators.iter().any(|s| level.contains(s) && level.split(s).any(is_literal)) {
                return Some("a comparison with a literal without width");
            }
        }
    }
    for operand in operands(text) {
        if comparison(operand)
            && operand.contains([' ', '('])
            && (operand.contains(" + ") || operand.contains(" - ") || operand.contains('!'))
        {
            return Some("a comparison of an expression whose width Verilog extends");
        }
    }
    for cast in ["bits_w", "bit_cast"] {
        for (start, _) in text.match_indices(cast) {
            let argument = text[start..].split_once('(').expect("a cast has an argument").1;
            let mut depth = 1_usize;
            let inside = |&c: &char| {
                depth = if c == '(' { depth + 1 } else { depth - usize::from(c == ')') };
                depth > 0
            };
            let argument: String = argument.chars().take_while(inside).collect();
            if argument.contains(['+', '-', '@', '!', '&', '|', '^']) {
                return Some("a cast of an expression");
            }
        }
    }
    None
}

fn check(source: &str) -> Vec<String> {
    let kernels = kernels(source);
    let statements = kernels.iter().flat_map(|kernel| kernel.split([';', '{', '}']));
    statements.filter_map(|s| trap(s).map(|trap| format!("{trap}: {}", s.trim()))).collect()
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![(path.display().to_string(), fs::read_to_string(&path).unwrap())]
            }
        })
        .collect()
}

#[test]
fn blocks_are_free_of_traps() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let found: Vec<String> =
        sources.iter().flat_map(|(path, text)| check(text).into_iter().map(move |f| format!("{path}: {f}"))).collect();
    assert!(sources.iter().filter(|(_, text)| !kernels(text).is_empty()).count() >= 5, "kernels were not found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn traps_are_found() {
    let kernel = |body: &str| check(&format!("#[hdl_gen]\nfn update(&mut self) {{ {body} }}"));
    for bad in [
        "self.x.next = self.a.val() & self.b.val() == self.b.val();",
        "if self.a.val() == 3 { self.x.next = true; }",
        "self.x.next = (self.a.val() + bits::<8>(1)) == self.b.val();",
        "self.x.next = !self.a.val() == self.zero.val();",
        "self.x.next = self.c.val() & ((self.a.val() + bits::<8>(1)) == self.b.val());",
        "self.x.next = bits_w65(self.a.val() + self.b.val());",
        "self.x.next = bit_cast::<9, 8>(self.a.val() << bits::<8>(3));",
    ] {
        assert_eq!(kernel(bad).len(), 1, "{bad}");
    }
    for good in [
        "self.x.next = (self.a.val() == self.b.val()) & self.c.val();",
        "self.x.next = (self.a.val() >> 8_u64) != self.zero.val();",
        "self.x.next = !(self.a.val() | self.b.val()) & (self.c.val() <= self.d.val());",
        "if !self.a.val() { self.x.next = self.b.val() + bits::<8>(1); }",
        "self.x.next = bits_w65(self.a.val().get_value_limb0());",
        "match self.a.val() { Op::Shl => { self.x.next = bits::<8>(248) - self.b.val(); } }",
    ] {
        assert_eq!(kernel(good), Vec::<String>::new(), "{good}");
    }
}
