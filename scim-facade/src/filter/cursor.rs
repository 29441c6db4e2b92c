//! A place in a text, and how tokens are read from there.

use super::parser::SyntaxError;

/// A place in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes past this character if it is the next one.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_blank).len();
    }

    /// Goes past blanks and this word, if it is the next one, in any case.
    pub(super) fn keyword(&mut self, wanted: &str) -> bool {
        let start = *self;
        self.skip_blanks();
        let found = self.token().eq_ignore_ascii_case(wanted);
        if !found {
            *self = start;
        }
        found
    }

    /// Goes past this word and a character behind it, with or without blanks between.
    pub(super) fn keyword_before(&mut self, wanted: &str, behind: char) -> bool {
        let start = *self;
        let found = self.keyword(wanted) && {
            self.skip_blanks();
            self.take(behind)
        };
        if !found {
            *self = start;
        }
        found
    }

    /// Letters, digits and what numbers are made of.
    pub(super) fn token(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'))
    }

    /// An attribute's name, possibly behind a URN. Which names exist, the table says.
    pub(super) fn name(&mut self) -> &'a str {
        if !self.peek().is_some_and(|c| c.is_alphabetic() || c == '$') {
            return "";
        }
        self.take_while(|c| !is_blank(c) && !matches!(c, '(' | ')' | '[' | ']' | '"'))
    }

    /// A JSON string with its quotes; nothing if it does not end.
    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let text = &self.rest()[..=offset];
                    self.at += text.len();
                    return Some(text);
                }
                _ => {}
            }
        }
        None
    }

    pub(super) fn error(&self, why: &str) -> SyntaxError {
        SyntaxError {
            at: self.text[..self.at].chars().count() + 1,
            why: why.to_owned(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take_while(&mut self, wanted: fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
