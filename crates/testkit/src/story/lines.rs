//! How do the bytes of a file stand in a story?
//!
//! As they are, line by line, wherever that can be read back. Else the line begins with a backslash, and in it
//! `\xNN` is a byte, `\\` a backslash, and a backslash at the end says that no line break follows.

/// Writes the lines of a file.
pub(super) fn write(bytes: &[u8], out: &mut String) {
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match std::str::from_utf8(line) {
            Ok(text) if is_plain(text) => out.push_str(text),
            _ => escape(line, out),
        }
    }
}

/// Reads one line; `None` if it is escaped and the escapes are not understood.
pub(super) fn read(line: &str, out: &mut Vec<u8>) -> Option<()> {
    let Some(escaped) = line.strip_prefix('\\') else {
        out.extend_from_slice(line.as_bytes());
        return Some(());
    };
    let mut rest = escaped.as_bytes();
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        if b != b'\\' {
            out.push(b);
            continue;
        }
        match tail.first() {
            Some(b'\\') => {
                out.push(b'\\');
                rest = &tail[1..];
            }
            Some(b'x') => {
                let hex = std::str::from_utf8(tail.get(1..3)?).ok()?;
                out.push(u8::from_str_radix(hex, 16).ok()?);
                rest = &tail[3..];
            }
            // The line break that the text needs, but not the file.
            Some(b'\n') | None => return Some(()),
            Some(_) => return None,
        }
    }
    Some(())
}

fn is_plain(line: &str) -> bool {
    let opens = ["//-", "//!", "//#", "\\"].iter().any(|mark| line.starts_with(mark));
    line.ends_with('\n')
        && !opens
        && line.trim_end_matches('\n').chars().all(|c| c == '\t' || !c.is_control())
}

fn escape(line: &[u8], out: &mut String) {
    let (body, has_break) = match line.strip_suffix(b"\n") {
        Some(body) => (body, true),
        None => (line, false),
    };
    out.push('\\');
    for b in body {
        match b {
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(*b as char),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push_str(if has_break { "\n" } else { "\\\n" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        for bytes in [
            &b""[..],
            b"\n",
            b"a\nb",
            b"a\r\nb\r\n",
            b"//- x\n//! y\n  //- z\n",
            b"\\\n\\x41\\",
            b"\0\x01\xff\n\n",
            "caf\u{e9}\n\u{7f}\n".as_bytes(),
        ] {
            let (mut text, mut back) = (String::new(), Vec::new());
            write(bytes, &mut text);
            text.split_inclusive('\n').for_each(|line| read(line, &mut back).unwrap());
            assert_eq!(back, bytes, "{text}");
        }
    }
}
