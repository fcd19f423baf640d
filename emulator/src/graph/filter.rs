//! `$filter`: a parser of the part of OData that directory objects understand, the rules of which property takes
//! which operator, and the evaluation. Strings compare without regard to case, as the directory does.

use std::cmp::Ordering;

use super::errors::GraphError;

/// What a property can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Flag,
    /// `Edm.Guid`: its literals are written without quotes.
    Guid,
    /// A collection of texts: only within `any()`.
    List,
    /// Known, but not indexed.
    Unindexed,
}

/// A property and the operators that it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Among `eq ne not in ge le startswith`.
    pub(crate) operators: &'static str,
}

/// A type whose objects can be filtered.
pub(crate) struct Schema {
    /// As in `microsoft.graph.servicePrincipal`.
    pub(crate) type_name: &'static str,
    /// As error messages name it.
    pub(crate) resource: &'static str,
    pub(crate) properties: &'static [Property],
    /// Relationships are filtered by advanced queries only.
    pub(crate) always_advanced: bool,
}

/// The value of a property of one object.
pub(crate) enum Field<'a> {
    Text(Option<&'a str>),
    Owned(String),
    Flag(bool),
    List(&'a [String]),
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Text(String),
    Flag(bool),
    Guid(String),
    Null,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Ge,
    Le,
    Gt,
    Lt,
}

/// A parsed and permitted filter.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    #[expect(private_interfaces, reason = "only this module looks inside a filter")]
    Compare(&'static str, Operator, Literal),
    #[expect(private_interfaces, reason = "only this module looks inside a filter")]
    In(&'static str, Vec<Literal>),
    StartsWith(&'static str, String),
    EndsWith(&'static str, String),
    /// Some entry equals, or starts with, the text.
    Any(&'static str, String, bool),
}

impl Filter {
    /// Parses a filter; `advanced` tells whether the request is an advanced query.
    pub(crate) fn parse(text: &str, schema: &Schema, advanced: bool) -> Result<Self, GraphError> {
        let mut parser = Parser { text, tokens: lex(text)?, at: 0, schema, advanced, negated: false };
        if schema.always_advanced && !advanced {
            return Err(GraphError::advanced("filter"));
        }
        let filter = parser.or()?;
        if parser.at < parser.tokens.len() {
            return Err(parser.syntax());
        }
        Ok(filter)
    }

    /// True if an object passes.
    pub(crate) fn passes<'a>(&self, get: &impl Fn(&str) -> Field<'a>) -> bool {
        match self {
            Self::And(a, b) => a.passes(get) && b.passes(get),
            Self::Or(a, b) => a.passes(get) || b.passes(get),
            Self::Not(inner) => !inner.passes(get),
            Self::Compare(name, operator, literal) => compare(&get(name), *operator, literal),
            Self::In(name, literals) => {
                let field = get(name);
                literals.iter().any(|literal| compare(&field, Operator::Eq, literal))
            }
            Self::StartsWith(name, text) => in_text(&get(name), |value| value.starts_with(text)),
            Self::EndsWith(name, text) => in_text(&get(name), |value| value.ends_with(text)),
            Self::Any(name, text, prefix) => match get(name) {
                Field::List(list) => list.iter().any(|entry| {
                    let entry = entry.to_lowercase();
                    if *prefix { entry.starts_with(text) } else { entry == *text }
                }),
                _ => false,
            },
        }
    }
}

fn in_text(field: &Field<'_>, test: impl Fn(&str) -> bool) -> bool {
    match field {
        Field::Text(Some(text)) => test(&text.to_lowercase()),
        Field::Owned(text) => test(&text.to_lowercase()),
        _ => false,
    }
}

fn compare(field: &Field<'_>, operator: Operator, literal: &Literal) -> bool {
    let order = match (field, literal) {
        (Field::Text(Some(text)), Literal::Text(other) | Literal::Guid(other)) => text.to_lowercase().cmp(other),
        (Field::Owned(text), Literal::Text(other) | Literal::Guid(other)) => text.to_lowercase().cmp(other),
        (Field::Flag(flag), Literal::Flag(other)) => flag.cmp(other),
        (Field::Text(None), Literal::Null) => Ordering::Equal,
        (Field::Text(None), _) | (_, Literal::Null) => return operator == Operator::Ne,
        _ => return false,
    };
    match operator {
        Operator::Eq => order == Ordering::Equal,
        Operator::Ne => order != Ordering::Equal,
        Operator::Ge => order != Ordering::Less,
        Operator::Le => order != Ordering::Greater,
        Operator::Gt => order == Ordering::Greater,
        Operator::Lt => order == Ordering::Less,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
    Slash,
}

/// Tokens, each with its position for messages.
fn lex(text: &str) -> Result<Vec<(usize, Token)>, GraphError> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let token = match c {
            _ if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '/' => Token::Slash,
            '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        // A quote within a text is written twice.
                        Some((_, '\'')) if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                            chars.next();
                            value.push('\'');
                        }
                        Some((_, '\'')) => break,
                        Some((_, c)) => value.push(c),
                        None => {
                            return Err(GraphError::filter(&format!(
                                "There is an unterminated string literal at position {} in '{text}'.",
                                text.len()
                            )));
                        }
                    }
                }
                Token::Text(value)
            }
            _ if c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@') => {
                let mut word = String::from(c);
                while let Some((_, next)) = chars.peek() {
                    // Times contain colons; lambdas too, but after a letter.
                    let in_time = *next == ':' && word.chars().next().is_some_and(|first| first.is_ascii_digit());
                    if !(next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | '@') || in_time) {
                        break;
                    }
                    word.push(*next);
                    chars.next();
                }
                Token::Word(word)
            }
            _ => {
                return Err(GraphError::filter(&format!(
                    "Syntax error: character '{c}' is not valid at position {at} in '{text}'."
                )));
            }
        };
        tokens.push((at, token));
    }
    Ok(tokens)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    schema: &'a Schema,
    advanced: bool,
    negated: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn peek_word(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> Result<(), GraphError> {
        if self.peek() == Some(token) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    fn syntax(&self) -> GraphError {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
        GraphError::filter(&format!("Syntax error at position {at} in '{}'.", self.text))
    }

    fn need_advanced(&self, operator: &str) -> Result<(), GraphError> {
        if self.advanced { Ok(()) } else { Err(GraphError::advanced(operator)) }
    }

    fn or(&mut self) -> Result<Filter, GraphError> {
        let mut left = self.and()?;
        while self.peek_word() == Some("or") {
            self.at += 1;
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, GraphError> {
        let mut left = self.unary()?;
        while self.peek_word() == Some("and") {
            self.at += 1;
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, GraphError> {
        if self.peek_word().is_some_and(|word| word.eq_ignore_ascii_case("not")) {
            self.need_advanced("not")?;
            self.at += 1;
            let before = std::mem::replace(&mut self.negated, true);
            let inner = self.unary()?;
            self.negated = before;
            return Ok(Filter::Not(Box::new(inner)));
        }
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.take(&Token::Close)?;
            return Ok(inner);
        }
        self.term()
    }

    fn term(&mut self) -> Result<Filter, GraphError> {
        let Some(Token::Word(word)) = self.next() else {
            self.at = self.at.saturating_sub(1);
            return Err(self.syntax());
        };
        if self.peek() == Some(&Token::Open) {
            return self.function(&word);
        }
        if self.peek() == Some(&Token::Slash) {
            return self.any(&word);
        }
        let property = self.property(&word)?;
        let operator = self.peek_word().unwrap_or_default().to_owned();
        let name = match operator.as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "ge" => Operator::Ge,
            "le" => Operator::Le,
            "gt" => Operator::Gt,
            "lt" => Operator::Lt,
            "in" => {
                self.at += 1;
                return self.is_in(property);
            }
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        let literal = self.literal()?;
        self.fits(property, &operator, &literal)?;
        if name == Operator::Ne {
            self.need_advanced("ne")?;
        }
        Ok(Filter::Compare(property.name, name, literal))
    }

    fn is_in(&mut self, property: &'static Property) -> Result<Filter, GraphError> {
        self.take(&Token::Open)?;
        let mut literals = Vec::new();
        loop {
            let literal = self.literal()?;
            self.fits(property, "in", &literal)?;
            literals.push(literal);
            match self.next() {
                Some(Token::Comma) => {}
                Some(Token::Close) => break,
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.syntax());
                }
            }
        }
        Ok(Filter::In(property.name, literals))
    }

    fn function(&mut self, name: &str) -> Result<Filter, GraphError> {
        let lower = name.to_ascii_lowercase();
        if !matches!(lower.as_str(), "startswith" | "endswith" | "contains") {
            return Err(GraphError::filter(&format!(
                "An unknown function with name '{name}' was found. This may also be a function import or a key lookup \
                 on a navigation property, which is not allowed."
            )));
        }
        self.take(&Token::Open)?;
        let Some(Token::Word(word)) = self.next() else {
            self.at = self.at.saturating_sub(1);
            return Err(self.syntax());
        };
        let property = self.property(&word)?;
        self.take(&Token::Comma)?;
        let literal = self.literal()?;
        self.take(&Token::Close)?;
        let Literal::Text(text) = literal else { return Err(self.unindexed(property)) };
        match lower.as_str() {
            "startswith" if allowed(property, "startswith") => Ok(Filter::StartsWith(property.name, text)),
            "endswith" if property.kind == Kind::Text => {
                self.need_advanced("endsWith")?;
                Ok(Filter::EndsWith(property.name, text))
            }
            _ => Err(self.unindexed(property)),
        }
    }

    /// `alternativeNames/any(a:a eq 'x')` or `…/any(a:startswith(a,'x'))`.
    fn any(&mut self, word: &str) -> Result<Filter, GraphError> {
        let property = self.property(word)?;
        self.take(&Token::Slash)?;
        if self.next() != Some(Token::Word("any".to_owned())) || property.kind != Kind::List {
            return Err(self.unindexed(property));
        }
        self.take(&Token::Open)?;
        let Some(Token::Word(variable)) = self.next() else { return Err(self.syntax()) };
        self.take(&Token::Colon)?;
        let Some(Token::Word(first)) = self.next() else { return Err(self.syntax()) };
        let prefix = first.eq_ignore_ascii_case("startswith");
        if prefix {
            self.take(&Token::Open)?;
            self.take(&Token::Word(variable))?;
            self.take(&Token::Comma)?;
        } else {
            if first != variable {
                return Err(self.syntax());
            }
            self.take(&Token::Word("eq".to_owned()))?;
        }
        let Literal::Text(text) = self.literal()? else { return Err(self.unindexed(property)) };
        if prefix {
            self.take(&Token::Close)?;
        }
        self.take(&Token::Close)?;
        Ok(Filter::Any(property.name, text, prefix))
    }

    fn property(&self, name: &str) -> Result<&'static Property, GraphError> {
        self.schema.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            GraphError::filter(&format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                self.schema.type_name
            ))
        })
    }

    fn unindexed(&self, property: &Property) -> GraphError {
        GraphError::unindexed(property.name, self.schema.resource)
    }

    fn literal(&mut self) -> Result<Literal, GraphError> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(text.to_lowercase())),
            Some(Token::Word(word)) => Ok(match word.as_str() {
                "true" => Literal::Flag(true),
                "false" => Literal::Flag(false),
                "null" => Literal::Null,
                guid if uuid::Uuid::parse_str(guid).is_ok() => Literal::Guid(guid.to_lowercase()),
                other if other.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Literal::Other,
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.syntax());
                }
            }),
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.syntax())
            }
        }
    }

    fn fits(&self, property: &Property, operator: &str, literal: &Literal) -> Result<(), GraphError> {
        if !allowed(property, operator) || (self.negated && !allowed(property, "not")) {
            return Err(self.unindexed(property));
        }
        let (wanted, found) = match (property.kind, literal) {
            (Kind::Text, Literal::Text(_) | Literal::Null)
            | (Kind::Flag, Literal::Flag(_) | Literal::Null)
            | (Kind::Guid, Literal::Guid(_) | Literal::Null) => return Ok(()),
            (Kind::Guid, Literal::Text(_)) => ("Edm.Guid", "Edm.String"),
            (Kind::Text, Literal::Guid(_)) => ("Edm.String", "Edm.Guid"),
            (Kind::Text, Literal::Flag(_)) => ("Edm.String", "Edm.Boolean"),
            (Kind::Flag, Literal::Text(_)) => ("Edm.Boolean", "Edm.String"),
            _ => return Err(self.unindexed(property)),
        };
        let kind = match operator {
            "eq" | "in" => "Equal",
            "ne" => "NotEqual",
            "ge" => "GreaterThanOrEqual",
            _ => "LessThanOrEqual",
        };
        Err(GraphError::filter(&format!(
            "A binary operator with incompatible types was detected. Found operand types '{wanted}' and '{found}' for \
             operator kind '{kind}'."
        )))
    }
}

fn allowed(property: &Property, operator: &str) -> bool {
    property.operators.split(' ').any(|known| known == operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema {
        type_name: "thing",
        resource: "Thing",
        properties: &[
            Property { name: "name", kind: Kind::Text, operators: "eq ne not in ge le startswith" },
            Property { name: "on", kind: Kind::Flag, operators: "eq ne not in" },
            Property { name: "owner", kind: Kind::Guid, operators: "eq" },
            Property { name: "tags", kind: Kind::List, operators: "eq" },
            Property { name: "made", kind: Kind::Unindexed, operators: "" },
        ],
        always_advanced: false,
    };

    fn passes(text: &str, advanced: bool) -> bool {
        let tags = ["isExplicit=False".to_owned(), "/subscriptions/x".to_owned()];
        Filter::parse(text, &SCHEMA, advanced).unwrap().passes(&|name| match name {
            "name" => Field::Text(Some("O'Neill and (sons)")),
            "on" => Field::Flag(true),
            "tags" => Field::List(&tags),
            _ => Field::Text(None),
        })
    }

    #[test]
    fn what_passes_and_what_does_not() {
        assert!(passes("name eq 'o''neill AND (sons)'", false));
        assert!(passes("(name eq 'x' or on eq true) and startswith(name,'O''N')", false));
        assert!(!passes("name in ('a', 'b')", false));
        assert!(passes("not (name eq 'x') and on ne false", true));
        assert!(passes("tags/any(t:t eq 'isexplicit=false')", false));
        assert!(passes("tags/any(t:startswith(t,'/subs'))", false));
        assert!(passes("endsWith(name, '(sons)')", true));
        assert!(passes("name ge 'a' and name le 'z'", false));
    }

    #[test]
    fn what_is_refused() {
        for text in [
            "",
            "name",
            "name eq",
            "name eq x",
            "name eq 'x",
            "name eq 'x' and",
            "(name eq 'x'",
            "name eq 'x')",
            "other eq 'x'",
            "made ge 2020-01-01T00:00:00Z",
            "owner eq '00000000-0000-0000-0000-000000000000'",
            "contains(name,'x')",
            "name ne 'x'",
            "not (name eq 'x')",
            "endswith(name,'x')",
            "on eq 'true'",
            "nothing(name,'x')",
            "name in ()",
            "tags eq 'x'",
            "name eq 'x' xor on eq true",
            "name # 'x'",
        ] {
            assert!(Filter::parse(text, &SCHEMA, false).is_err(), "{text}");
        }
    }
}
