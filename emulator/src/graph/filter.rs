//! `$filter`: what can be filtered and how (this file), the part of OData that says it (`lexer`, `parser`), and the
//! evaluation. Strings compare without regard to case, as the directory does.

mod lexer;
mod parser;
#[cfg(test)]
mod properties;

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

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

impl Filter {
    /// Parses a filter; `advanced` tells whether the request is an advanced query.
    pub(crate) fn parse(text: &str, schema: &'static Schema, advanced: bool) -> Result<Self, GraphError> {
        parser::parse(text, schema, advanced).map(Self)
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

/// How a text stands to one that is folded already. UTF-8 sorts as its letters do; nearly every text here is ASCII, and a
/// filter looks at every row.
fn order(text: &str, other: &str) -> Ordering {
    if text.is_ascii() {
        return text.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(other.bytes());
    }
    folded(text).cmp(other.chars())
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
        (Field::Text(Some(text)), Literal::Text(other) | Literal::Guid(other)) => order(text, other),
        (Field::Owned(text), Literal::Text(other) | Literal::Guid(other)) => order(text, other),
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
