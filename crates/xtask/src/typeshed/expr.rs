//! How is a type written in a stub?

/// A type as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Expr {
    /// A name, dots included.
    Name(String),
    /// `base[arguments]`
    Index(Box<Expr>, Vec<Expr>),
    /// `a | b`
    Union(Vec<Expr>),
    /// `...`
    Dots,
    /// A list of types, a value, or something else that is no type.
    Other,
}

/// Reads a type; quotes around types are looked into.
pub(super) fn parse(text: &str) -> Expr {
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    let expr = reader.union();
    reader.space();
    if reader.at == reader.text.len() { expr } else { Expr::Other }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' | b'\n' | b'\r' | b'\\' => self.at += 1,
                b'#' => self.skip(|b| b != b'\n' && b != 0),
                _ => return,
            }
        }
    }

    fn skip(&mut self, is_part: impl Fn(u8) -> bool) {
        while is_part(self.peek()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn union(&mut self) -> Expr {
        let mut parts = vec![self.indexed()];
        while self.eat(b'|') {
            parts.push(self.indexed());
        }
        if parts.len() == 1 { parts.remove(0) } else { Expr::Union(parts) }
    }

    fn indexed(&mut self) -> Expr {
        let mut expr = self.atom();
        while self.eat(b'[') {
            expr = Expr::Index(Box::new(expr), self.list(b']'));
        }
        expr
    }

    fn list(&mut self, end: u8) -> Vec<Expr> {
        let mut parts = Vec::new();
        while !self.eat(end) && self.at < self.text.len() {
            let before = self.at;
            parts.push(self.union());
            self.eat(b',');
            self.at += usize::from(self.at == before);
        }
        parts
    }

    fn atom(&mut self) -> Expr {
        self.space();
        let begin = self.at;
        match self.peek() {
            b'"' | b'\'' => {
                let quote = self.peek();
                self.at += 1;
                self.skip(|b| b != quote && b != 0);
                let inside = String::from_utf8_lossy(&self.text[begin + 1..self.at]).into_owned();
                self.at += 1;
                parse(&inside)
            }
            b'(' => {
                self.at += 1;
                let mut parts = self.list(b')');
                if parts.len() == 1 { parts.remove(0) } else { Expr::Other }
            }
            b'[' => {
                self.at += 1;
                self.list(b']');
                Expr::Other
            }
            b'.' => {
                self.skip(|b| b == b'.');
                Expr::Dots
            }
            b'*' => {
                self.skip(|b| b == b'*');
                self.indexed();
                Expr::Other
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                self.skip(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
                let name = String::from_utf8_lossy(&self.text[begin..self.at]).into_owned();
                if matches!(self.peek(), b'"' | b'\'') {
                    // `b"bytes"`, as in a Literal.
                    self.atom();
                    return Expr::Name("bytes".into());
                }
                Expr::Name(name)
            }
            b'-' | b'0'..=b'9' => {
                self.skip(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.');
                Expr::Name("int".into())
            }
            _ => Expr::Other,
        }
    }
}
