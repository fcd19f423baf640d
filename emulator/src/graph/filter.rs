//! `$filter`: a parser of the part of OData that directory objects understand, the rules of which property takes
//! which operator, and the evaluation. Strings compare without regard to case, as the directory does.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::errors::GraphError;

/// What a property can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Flag,
    /// `Edm.Guid`: its literals are written without quotes.
    Guid,
    /// `Edm.DateTimeOffset`; its literals are written without quotes.
    Time,
    /// A collection of texts: only within `any()`.
    List,
    /// A collection of objects: real, but not implemented.
    Objects,
}

/// A property and the operators that it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    /// With slashes if it lies within another.
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
    /// Every property there is: the others cannot be filtered.
    pub(crate) known: &'static [&'static str],
    /// Relationships are filtered by advanced queries only.
    pub(crate) always_advanced: bool,
}

/// The value of a property of one object.
pub(crate) enum Field<'a> {
    Text(Option<&'a str>),
    Owned(String),
    Flag(bool),
    Time(DateTime<Utc>),
    List(&'a [String]),
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Text(String),
    Flag(bool),
    Guid(String),
    Time(DateTime<Utc>),
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

/// What a test is made on.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Property(&'static Property),
    /// The variable of `any()`: an entry of this collection.
    Entry(&'static Property),
}

impl Subject {
    fn property(self) -> &'static Property {
        match self {
            Self::Property(property) | Self::Entry(property) => property,
        }
    }

    /// What its values are.
    fn kind(self) -> Kind {
        match self {
            Self::Property(property) => property.kind,
            Self::Entry(_) => Kind::Text,
        }
    }
}

/// A parsed and permitted filter.
#[derive(Clone, Debug)]
pub(crate) struct Filter(Node);

#[derive(Clone, Debug)]
enum Node {
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(Subject, Operator, Literal),
    In(Subject, Vec<Literal>),
    StartsWith(Subject, String),
    EndsWith(Subject, String),
    /// Some entry passes; without a test: there is one.
    Any(&'static Property, Option<Box<Node>>),
}

/// More levels than any client writes; a stack must not overflow.
const DEPTH: usize = 100;

impl Filter {
    /// Parses a filter; `advanced` tells whether the request is an advanced query.
    pub(crate) fn parse(text: &str, schema: &'static Schema, advanced: bool) -> Result<Self, GraphError> {
        let tokens = lex(text)?;
        let mut parser = Parser { text, tokens, at: 0, schema, advanced, negated: false, depth: 0, variable: None };
        if schema.always_advanced && !advanced {
            return Err(GraphError::advanced("filter"));
        }
        let node = parser.or()?;
        if parser.at < parser.tokens.len() {
            return Err(parser.syntax());
        }
        Ok(Self(node))
    }

    /// True if an object passes.
    pub(crate) fn passes<'a>(&self, get: &dyn Fn(&str) -> Field<'a>) -> bool {
        self.0.passes(get, None)
    }
}

impl Node {
    fn passes<'a>(&self, get: &dyn Fn(&str) -> Field<'a>, entry: Option<&str>) -> bool {
        match self {
            Self::And(a, b) => a.passes(get, entry) && b.passes(get, entry),
            Self::Or(a, b) => a.passes(get, entry) || b.passes(get, entry),
            Self::Not(inner) => !inner.passes(get, entry),
            Self::Any(list, test) => match get(list.name) {
                Field::List(entries) => match test {
                    Some(test) => entries.iter().any(|entry| test.passes(get, Some(entry))),
                    None => !entries.is_empty(),
                },
                _ => false,
            },
            Self::Compare(Subject::Entry(_), operator, literal) => compare(&Field::Text(entry), *operator, literal),
            Self::Compare(Subject::Property(it), operator, literal) => compare(&get(it.name), *operator, literal),
            Self::In(Subject::Entry(_), literals) => is_in(&Field::Text(entry), literals),
            Self::In(Subject::Property(it), literals) => is_in(&get(it.name), literals),
            Self::StartsWith(Subject::Entry(_), text) => has(&Field::Text(entry), |value| starts(value, text)),
            Self::StartsWith(Subject::Property(it), text) => has(&get(it.name), |value| starts(value, text)),
            Self::EndsWith(Subject::Entry(_), text) => has(&Field::Text(entry), |value| ends(value, text)),
            Self::EndsWith(Subject::Property(it), text) => has(&get(it.name), |value| ends(value, text)),
        }
    }
}

/// Lower case, letter by letter, as comparisons see a text.
fn folded(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn starts(value: &str, prefix: &str) -> bool {
    let mut value = folded(value);
    prefix.chars().all(|wanted| value.next() == Some(wanted))
}

fn ends(value: &str, suffix: &str) -> bool {
    let mut value = folded(value).rev();
    suffix.chars().rev().all(|wanted| value.next() == Some(wanted))
}

fn has(field: &Field<'_>, test: impl Fn(&str) -> bool) -> bool {
    match field {
        Field::Text(Some(text)) => test(text),
        Field::Owned(text) => test(text),
        _ => false,
    }
}

fn is_in(field: &Field<'_>, literals: &[Literal]) -> bool {
    literals.iter().any(|literal| compare(field, Operator::Eq, literal))
}

fn compare(field: &Field<'_>, operator: Operator, literal: &Literal) -> bool {
    let order = match (field, literal) {
        (Field::Text(Some(text)), Literal::Text(other) | Literal::Guid(other)) => folded(text).cmp(other.chars()),
        (Field::Owned(text), Literal::Text(other) | Literal::Guid(other)) => folded(text).cmp(other.chars()),
        (Field::Flag(flag), Literal::Flag(other)) => flag.cmp(other),
        (Field::Time(time), Literal::Time(other)) => time.cmp(other),
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

/// OData functions that directory objects may or may not take: not known well enough to imitate.
const FUNCTIONS: &[&str] = &[
    "cast",
    "ceiling",
    "concat",
    "date",
    "day",
    "floor",
    "hour",
    "indexof",
    "isof",
    "length",
    "matchespattern",
    "minute",
    "month",
    "now",
    "round",
    "second",
    "substring",
    "time",
    "tolower",
    "toupper",
    "trim",
    "year",
];

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    schema: &'static Schema,
    advanced: bool,
    negated: bool,
    depth: usize,
    /// Within `any()`: its variable and its collection.
    variable: Option<(String, &'static Property)>,
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

    fn or(&mut self) -> Result<Node, GraphError> {
        let mut left = self.and()?;
        while self.peek_word() == Some("or") {
            self.at += 1;
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, GraphError> {
        let mut left = self.unary()?;
        while self.peek_word() == Some("and") {
            self.at += 1;
            left = Node::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, GraphError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(GraphError::filter("The recursion limit has been exceeded."));
        }
        let node = self.nested();
        self.depth -= 1;
        node
    }

    fn nested(&mut self) -> Result<Node, GraphError> {
        if self.peek_word().is_some_and(|word| word.eq_ignore_ascii_case("not")) {
            self.need_advanced("not")?;
            self.at += 1;
            let before = std::mem::replace(&mut self.negated, true);
            let inner = self.unary()?;
            self.negated = before;
            // `not` binds closer than a comparison: without parentheses it would negate a property.
            if matches!(inner, Node::Compare(..) | Node::In(..))
                && self.tokens.get(self.at - 1).is_none_or(|(_, token)| *token != Token::Close)
            {
                return Err(GraphError::filter(
                    "A unary operator with an incompatible type was detected. Found operand type 'Edm.String' for operator kind 'Not'.",
                ));
            }
            return Ok(Node::Not(Box::new(inner)));
        }
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.take(&Token::Close)?;
            return Ok(inner);
        }
        self.term()
    }

    fn word(&mut self) -> Result<String, GraphError> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.syntax())
            }
        }
    }

    fn term(&mut self) -> Result<Node, GraphError> {
        let word = self.word()?;
        if self.peek() == Some(&Token::Open) {
            return self.function(&word);
        }
        let subject = self.subject(word)?;
        if let (Subject::Property(list), Some(Token::Slash)) = (subject, self.peek()) {
            return self.any(list);
        }
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
                return self.is_in(subject);
            }
            "has" | "add" | "sub" | "mul" | "div" | "mod" => {
                return Err(GraphError::unimplemented(&format!("the operator {operator} in $filter")));
            }
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        let literal = self.literal()?;
        self.fits(subject, &operator, &literal)?;
        if name == Operator::Ne {
            self.need_advanced("ne")?;
        }
        Ok(Node::Compare(subject, name, literal))
    }

    fn is_in(&mut self, subject: Subject) -> Result<Node, GraphError> {
        self.take(&Token::Open)?;
        let mut literals = Vec::new();
        loop {
            let literal = self.literal()?;
            self.fits(subject, "in", &literal)?;
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
        Ok(Node::In(subject, literals))
    }

    fn function(&mut self, name: &str) -> Result<Node, GraphError> {
        let lower = name.to_ascii_lowercase();
        if FUNCTIONS.contains(&lower.as_str()) {
            return Err(GraphError::unimplemented(&format!("the function {name} in $filter")));
        }
        if !matches!(lower.as_str(), "startswith" | "endswith" | "contains") {
            return Err(GraphError::filter(&format!(
                "An unknown function with name '{name}' was found. This may also be a function import or a key lookup \
                 on a navigation property, which is not allowed."
            )));
        }
        self.take(&Token::Open)?;
        let word = self.word()?;
        let subject = self.subject(word)?;
        self.take(&Token::Comma)?;
        let literal = self.literal()?;
        self.take(&Token::Close)?;
        let Literal::Text(text) = literal else { return Err(self.unindexed(subject)) };
        match lower.as_str() {
            "startswith" if self.allowed(subject, "startswith") => Ok(Node::StartsWith(subject, text)),
            "endswith" if subject.kind() == Kind::Text && self.allowed(subject, "startswith") => {
                self.need_advanced("endsWith")?;
                Ok(Node::EndsWith(subject, text))
            }
            _ => Err(self.unindexed(subject)),
        }
    }

    /// `alternativeNames/any(a:a eq 'x' or startswith(a,'y'))` or `…/any()`.
    fn any(&mut self, list: &'static Property) -> Result<Node, GraphError> {
        self.take(&Token::Slash)?;
        let lambda = self.word()?;
        match (lambda.as_str(), list.kind) {
            ("all", Kind::List) | ("any" | "all", Kind::Objects) => {
                return Err(GraphError::unimplemented(&format!("{}/{lambda}() in $filter", list.name)));
            }
            ("any", Kind::List) => {}
            _ => return Err(self.unindexed(Subject::Property(list))),
        }
        self.take(&Token::Open)?;
        if self.peek() == Some(&Token::Close) {
            self.at += 1;
            return Ok(Node::Any(list, None));
        }
        let variable = self.word()?;
        self.take(&Token::Colon)?;
        let outer = self.variable.replace((variable, list));
        let test = self.or()?;
        self.variable = outer;
        self.take(&Token::Close)?;
        Ok(Node::Any(list, Some(Box::new(test))))
    }

    /// The variable of `any()`, or a property and what lies within it.
    fn subject(&mut self, word: String) -> Result<Subject, GraphError> {
        if let Some((variable, list)) = &self.variable {
            // Only the variable: a collection of texts has nothing within.
            return if *variable == word { Ok(Subject::Entry(list)) } else { Err(self.unknown(&word)) };
        }
        let mut name = word;
        // `initiatedBy/user/id` is one property, `tags/any` is not.
        while self.find(&name).is_none() && self.peek() == Some(&Token::Slash) {
            self.at += 1;
            name = format!("{name}/{}", self.word()?);
        }
        self.find(&name).map(Subject::Property).ok_or_else(|| self.unknown(&name))
    }

    fn find(&self, name: &str) -> Option<&'static Property> {
        self.schema.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    fn unknown(&self, name: &str) -> GraphError {
        let root = name.split('/').next().unwrap_or(name);
        if let Some(known) = self.schema.known.iter().find(|known| known.eq_ignore_ascii_case(root)) {
            return GraphError::unindexed(known, self.schema.resource);
        }
        let kind = self.schema.type_name;
        GraphError::filter(&format!("Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."))
    }

    fn unindexed(&self, subject: Subject) -> GraphError {
        GraphError::unindexed(subject.property().name, self.schema.resource)
    }

    fn allowed(&self, subject: Subject, operator: &str) -> bool {
        subject.property().operators.split(' ').any(|known| known == operator)
    }

    fn literal(&mut self) -> Result<Literal, GraphError> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(folded(&text).collect())),
            Some(Token::Word(word)) => Ok(match word.as_str() {
                "true" => Literal::Flag(true),
                "false" => Literal::Flag(false),
                "null" => Literal::Null,
                guid if uuid::Uuid::parse_str(guid).is_ok() => Literal::Guid(guid.to_lowercase()),
                time if read_time(time).is_some() => read_time(time).map_or(Literal::Other, Literal::Time),
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

    fn fits(&self, subject: Subject, operator: &str, literal: &Literal) -> Result<(), GraphError> {
        if !self.allowed(subject, operator) || (self.negated && !self.allowed(subject, "not")) {
            return Err(self.unindexed(subject));
        }
        let wanted = match subject.kind() {
            Kind::Text => "Edm.String",
            Kind::Flag => "Edm.Boolean",
            Kind::Guid => "Edm.Guid",
            Kind::Time => "Edm.DateTimeOffset",
            Kind::List | Kind::Objects => return Err(self.unindexed(subject)),
        };
        let found = match literal {
            Literal::Null => return Ok(()),
            Literal::Text(_) => "Edm.String",
            Literal::Flag(_) => "Edm.Boolean",
            Literal::Guid(_) => "Edm.Guid",
            Literal::Time(_) => "Edm.DateTimeOffset",
            Literal::Other => return Err(self.unindexed(subject)),
        };
        if wanted == found {
            return Ok(());
        }
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

/// An instant, or a day as its midnight.
fn read_time(text: &str) -> Option<DateTime<Utc>> {
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc());
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()).or_else(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    static SCHEMA: Schema = Schema {
        type_name: "thing",
        resource: "Thing",
        properties: &[
            Property { name: "name", kind: Kind::Text, operators: "eq ne not in ge le startswith" },
            Property { name: "on", kind: Kind::Flag, operators: "eq ne not in" },
            Property { name: "owner", kind: Kind::Guid, operators: "eq" },
            Property { name: "tags", kind: Kind::List, operators: "eq ne startswith" },
            Property { name: "when", kind: Kind::Time, operators: "eq ge le" },
        ],
        known: &["made"],
        always_advanced: false,
    };

    fn passes(text: &str, advanced: bool) -> bool {
        let tags = ["isExplicit=False".to_owned(), "/subscriptions/x".to_owned()];
        Filter::parse(text, &SCHEMA, advanced).unwrap().passes(&|name| match name {
            "name" => Field::Text(Some("O'Neill and (sons)")),
            "on" => Field::Flag(true),
            "tags" => Field::List(&tags),
            "when" => Field::Time("2026-01-02T03:04:05Z".parse().unwrap()),
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
        assert!(passes("tags/any(t:t eq 'x' or (startswith(t,'/') and t ne 'y'))", true));
        assert!(passes("tags/any()", false) && !passes("not tags/any()", true));
        assert!(passes("when ge 2026-01-02 and when le 2026-01-02T03:04:05Z", false));
        assert!(Filter::parse("not name eq 'x'", &SCHEMA, true).is_err());
        let deep = format!("{}name eq 'x'{}", "(".repeat(200), ")".repeat(200));
        assert!(Filter::parse(&deep, &SCHEMA, false).is_err());
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
            "tags/any(t:u eq 'x')",
            "tags/any(t:t eq 'x'",
            "on/any(t:t eq 'x')",
            "tags/all(t:t eq 'x')",
            "length(name) eq 3",
            "when ge 'x'",
        ] {
            assert!(Filter::parse(text, &SCHEMA, false).is_err(), "{text}");
        }
    }
}
