//! Turns the tokens of a `$filter` into a tree, and refuses what a property does not take: unknown names, operators and
//! literals that do not fit, and what needs the parameters of an advanced query.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::lexer::{Token, lex};
use super::{Kind, Literal, Node, Operator, Property, Schema, Subject, folded};
use crate::graph::errors::GraphError;

/// More levels than any client writes; a stack must not overflow.
const DEPTH: usize = 100;

/// Parses a filter and holds it against the schema; `advanced` tells whether the request is an advanced query.
pub(super) fn parse(text: &str, schema: &'static Schema, advanced: bool) -> Result<Node, GraphError> {
    let tokens = lex(text)?;
    let mut parser = Parser { text, tokens, at: 0, schema, advanced, negated: false, depth: 0, variable: None };
    if schema.always_advanced && !advanced {
        return Err(GraphError::advanced("filter"));
    }
    let node = parser.or()?;
    if parser.at < parser.tokens.len() {
        return Err(parser.syntax());
    }
    Ok(node)
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
        if matches!(self.peek(), Some(Token::Text(_))) {
            return Err(GraphError::unimplemented("a text before an operator in $filter"));
        }
        let word = self.word()?;
        if self.peek() == Some(&Token::Open) {
            let test = self.function(&word)?;
            return match self.peek_word() {
                Some("eq" | "ne") => Err(GraphError::unimplemented(&format!("comparing {word}() in $filter"))),
                _ => Ok(test),
            };
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
