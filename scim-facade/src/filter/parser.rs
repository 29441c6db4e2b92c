//! Reads filters and PATCH paths by recursive descent. It knows no attribute.

use std::fmt;

use super::{
    cursor::Cursor,
    tree::{Expression, Literal, Operator, Path, Term, Test},
};

/// Bytes that a filter may have: all its terms can name an attribute by its URN and compare it with an id.
pub const MAX_LENGTH: usize = 32 * 1024;
/// Bytes that a path may have, of which a PATCH can hold thousands.
pub const MAX_PATH_LENGTH: usize = 8 * 1024;
/// Levels of parentheses, brackets and `not` that a filter may have.
pub const MAX_DEPTH: usize = 20;
/// Tests of an attribute that a filter may have in all.
pub const MAX_TERMS: usize = 200;

/// Why a text is no filter or path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// At which character, counted from 1.
    pub at: usize,
    /// Description of the problem there.
    pub why: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.at, self.why)
    }
}

type Parsed<T> = Result<T, SyntaxError>;

/// Reads a filter.
pub fn parse_filter(text: &str) -> Parsed<Expression> {
    let mut parser = Parser::new(text, MAX_LENGTH)?;
    let filter = parser.disjunction()?;
    parser.end("`and`, `or` or the end of the filter")?;
    Ok(filter)
}

/// Reads the path of a PATCH operation (RFC 7644, section 3.5.2, figure 7).
pub fn parse_path(text: &str) -> Parsed<Path> {
    let mut parser = Parser::new(text, MAX_PATH_LENGTH)?;
    let attribute = parser.name("an attribute")?;
    let mut path = Path {
        attribute,
        filter: None,
        part: None,
    };
    if parser.cursor.take('[') {
        path.filter = Some(parser.element()?);
        if parser.cursor.take('.') {
            path.part = Some(parser.name("the name of a part")?);
        }
    }
    parser.end("the end of the path")?;
    Ok(path)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: usize,
    terms: usize,
    brackets: Brackets,
}

/// Position of the parser: outside `[` and `]`, or between them, where there may be no second pair.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brackets {
    Outside,
    Inside,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, max_length: usize) -> Parsed<Self> {
        if text.len() > max_length {
            return Err(SyntaxError {
                at: 1,
                why: format!("longer than {max_length} bytes"),
            });
        }
        Ok(Self {
            cursor: Cursor::new(text),
            depth: 0,
            terms: 0,
            brackets: Brackets::Outside,
        })
    }

    fn disjunction(&mut self) -> Parsed<Expression> {
        let first = self.conjunction()?;
        let mut any = vec![first];
        while self.cursor.keyword("or") {
            any.push(self.conjunction()?);
        }
        Ok(one_or(any, Expression::Or))
    }

    /// RFC 7644, section 3.4.2.2: `and` binds more tightly than `or`.
    fn conjunction(&mut self) -> Parsed<Expression> {
        let first = self.factor()?;
        let mut all = vec![first];
        while self.cursor.keyword("and") {
            all.push(self.factor()?);
        }
        Ok(one_or(all, Expression::And))
    }

    fn factor(&mut self) -> Parsed<Expression> {
        self.cursor.skip_blanks();
        if self.cursor.take('(') {
            return self.group();
        }
        // RFC 7644's grammar wants no blank between `not` and its parenthesis, its examples have one.
        if self.cursor.keyword_before("not", '(') {
            return Ok(Expression::Not(Box::new(self.group()?)));
        }
        let attribute = self.name("an attribute, `not` or `(`")?;
        if self.cursor.peek() == Some('[') {
            return self.element_of(attribute);
        }
        self.term(attribute).map(Expression::Term)
    }

    /// The rest of a group whose opening parenthesis is read.
    fn group(&mut self) -> Parsed<Expression> {
        self.enter()?;
        let inner = self.disjunction()?;
        self.cursor.skip_blanks();
        if !self.cursor.take(')') {
            return Err(self.expected("`and`, `or` or `)`"));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn element_of(&mut self, attribute: String) -> Parsed<Expression> {
        if self.brackets == Brackets::Inside {
            return Err(self.refused("`[` cannot stand within `[` and `]`"));
        }
        self.cursor.take('[');
        let filter = Box::new(self.element()?);
        let then = if self.cursor.take('.') {
            let part = self.name("the name of a part")?;
            Some(self.term(part)?)
        } else {
            None
        };
        Ok(Expression::Element {
            attribute,
            filter,
            then,
        })
    }

    /// The rest of a value filter whose opening bracket is read.
    fn element(&mut self) -> Parsed<Expression> {
        self.enter()?;
        self.brackets = Brackets::Inside;
        let inner = self.disjunction()?;
        self.cursor.skip_blanks();
        if !self.cursor.take(']') {
            return Err(self.expected("`and`, `or` or `]`"));
        }
        self.brackets = Brackets::Outside;
        self.depth -= 1;
        Ok(inner)
    }

    fn term(&mut self, attribute: String) -> Parsed<Term> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.refused(&format!("more than {MAX_TERMS} terms")));
        }
        self.cursor.skip_blanks();
        let start = self.cursor;
        let token = self.cursor.token();
        if token.eq_ignore_ascii_case("pr") {
            return Ok(Term {
                attribute,
                test: Test::Present,
            });
        }
        let Some(operator) = Operator::from_name(token) else {
            self.cursor = start;
            return Err(self.expected("one of eq, ne, co, sw, ew, gt, ge, lt, le and pr"));
        };
        let value = self.literal()?;
        Ok(Term {
            attribute,
            test: Test::Compare(operator, value),
        })
    }

    fn literal(&mut self) -> Parsed<Literal> {
        self.cursor.skip_blanks();
        let start = self.cursor;
        let literal = match self.cursor.peek() {
            Some('"') => self.text()?,
            _ => bare(self.cursor.token()).ok_or_else(|| {
                self.cursor = start;
                self.expected("a text in double quotes, a number, true, false or null")
            })?,
        };
        match self.cursor.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | ')' | ']') => Ok(literal),
            Some(_) => Err(self.expected("a blank behind the value")),
        }
    }

    /// A JSON string, RFC 7644's `compValue`.
    fn text(&mut self) -> Parsed<Literal> {
        let start = self.cursor;
        let Some(quoted) = self.cursor.quoted() else {
            return Err(self.refused("a text without its closing quote"));
        };
        match serde_json::from_str::<String>(quoted) {
            Ok(text) if text.contains('\0') => Err(start.error("a text with a NUL character")),
            Ok(text) => Ok(Literal::Text(text)),
            Err(_) => Err(start.error("a text that is no JSON string; a backslash is written as two")),
        }
    }

    fn name(&mut self, wanted: &str) -> Parsed<String> {
        self.cursor.skip_blanks();
        let name = self.cursor.name();
        if name.is_empty() {
            Err(self.expected(wanted))
        } else {
            Ok(name.to_owned())
        }
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refused(&format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn end(&mut self, wanted: &str) -> Parsed<()> {
        self.cursor.skip_blanks();
        self.cursor.peek().map_or(Ok(()), |_| Err(self.expected(wanted)))
    }

    fn expected(&self, wanted: &str) -> SyntaxError {
        self.cursor.error(&format!("expected {wanted}"))
    }

    fn refused(&self, why: &str) -> SyntaxError {
        self.cursor.error(why)
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

/// `true`, `false` and `null` in any case, or a JSON number.
fn bare(token: &str) -> Option<Literal> {
    match token {
        _ if token.eq_ignore_ascii_case("true") => Some(Literal::Boolean(true)),
        _ if token.eq_ignore_ascii_case("false") => Some(Literal::Boolean(false)),
        _ if token.eq_ignore_ascii_case("null") => Some(Literal::Null),
        _ => serde_json::from_str(token).ok().map(Literal::Number),
    }
}
