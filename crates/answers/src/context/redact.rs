//! Secrets in excerpts.

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";
/// Beginnings of tokens that services give out, and how many characters follow at least.
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xoxs-", 20),
    ("sk-", 32),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("AIza", 35),
    ("ya29.", 30),
    ("eyJ", 40),
    ("npm_", 36),
    ("pypi-", 50),
    ("SG.", 40),
    ("hf_", 30),
];
/// Words in a name whose value nobody else should read.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "auth_token",
    "access_token",
];
/// Values of such names that are shorter are words.
const MIN_VALUE: usize = 16;

/// Whether `line` begins or ends a block that holds a private key.
pub(crate) fn is_key_border(line: &str) -> bool {
    line.contains("-----BEGIN") && line.contains("PRIVATE KEY")
        || line.contains("-----END") && line.contains("PRIVATE KEY")
}

/// A line without the secrets in it.
pub(crate) fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '=');
    let mut after_name = false;
    while let Some(start) = rest.find(is_token) {
        let (before, tail) = rest.split_at(start);
        let end = tail.find(|c| !is_token(c)).unwrap_or(tail.len());
        let (token, next) = tail.split_at(end);
        out.push_str(before);
        let is_quoted = before.ends_with(['"', '\'', '`']);
        let is_given_out = PREFIXES.iter().any(|(prefix, more)| {
            token
                .strip_prefix(prefix)
                .is_some_and(|more_text| more_text.len() >= *more && is_random(more_text))
        });
        let is_value = after_name && is_quoted && token.len() >= MIN_VALUE && is_random(token);
        out.push_str(if is_given_out || is_value { REDACTED } else { token });
        let lower = token.to_ascii_lowercase();
        after_name = NAMES.iter().any(|name| lower.contains(name)) || (after_name && !is_quoted);
        rest = next;
    }
    out + rest
}

/// Whether a text mixes letters and digits as no word does.
fn is_random(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    digits >= 2 && letters >= 4 && digits * 12 >= text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_code_stays() {
        let secrets = [
            "key = 'AKIA1234567890ABCDEF'",
            "token: ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "PASSWORD = \"hunter2hunter2hunter2\"",
            "curl -H 'Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc123'",
        ];
        for line in secrets {
            assert!(redact(line).contains(REDACTED), "{line}: {}", redact(line));
        }
        let code = [
            "def check_password(self, password, stored_password=None):",
            "self.assertEqual(secret, 'correct horse battery staple')",
            "let sk-something = task-1234;",
            "PASSWORD_HASHERS = ['django.contrib.auth.hashers.PBKDF2PasswordHasher']",
            "sha = '3f786850e387550fdab836ed7e6dc881de23001b'",
        ];
        for line in code {
            assert_eq!(redact(line), line);
        }
    }
}
