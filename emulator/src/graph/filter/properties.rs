//! `$filter` against a naive reading: an expression is made at random, written as text, parsed and evaluated; a
//! second evaluation of the same expression, which never sees the text, must agree on every object.

use proptest::prelude::*;

use super::{Field, Filter, Kind, Property, Schema};

static SCHEMA: Schema = Schema {
    type_name: "thing",
    resource: "Thing",
    properties: &[
        Property { name: "name", kind: Kind::Text, operators: "eq ne not in ge le startswith" },
        Property { name: "note", kind: Kind::Text, operators: "eq ne not in ge le startswith" },
        Property { name: "on", kind: Kind::Flag, operators: "eq ne not in" },
        Property { name: "tags", kind: Kind::List, operators: "eq ne not in ge le startswith" },
    ],
    known: &[],
    always_advanced: false,
};

#[derive(Clone, Debug)]
struct Thing {
    name: String,
    note: Option<String>,
    on: bool,
    tags: Vec<String>,
}

/// On a text: `name`, `note`, or the variable of `any()`.
#[derive(Clone, Debug)]
enum Test {
    Eq(String),
    Ne(String),
    Ge(String),
    Le(String),
    In(Vec<String>),
    Starts(String),
    Ends(String),
}

#[derive(Clone, Debug)]
enum Expression {
    Name(Test),
    Note(Test),
    NoteIsNull,
    On(bool),
    AnyTag(Vec<(Test, bool)>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Test {
    fn written(&self, subject: &str) -> String {
        match self {
            Self::Eq(text) => format!("{subject} eq {}", quoted(text)),
            Self::Ne(text) => format!("{subject} ne {}", quoted(text)),
            Self::Ge(text) => format!("{subject}  ge {}", quoted(text)),
            Self::Le(text) => format!("{subject} le {}", quoted(text)),
            Self::In(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                format!("{subject} in ({})", texts.join(", "))
            }
            Self::Starts(text) => format!("startsWith({subject},{})", quoted(text)),
            Self::Ends(text) => format!("endswith( {subject} , {})", quoted(text)),
        }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value.map(str::to_lowercase) else { return matches!(self, Self::Ne(_)) };
        match self {
            Self::Eq(text) => value == text.to_lowercase(),
            Self::Ne(text) => value != text.to_lowercase(),
            Self::Ge(text) => value >= text.to_lowercase(),
            Self::Le(text) => value <= text.to_lowercase(),
            Self::In(texts) => texts.iter().any(|text| value == text.to_lowercase()),
            Self::Starts(text) => value.starts_with(&text.to_lowercase()),
            Self::Ends(text) => value.ends_with(&text.to_lowercase()),
        }
    }
}

impl Expression {
    /// As text. `and` binds closer than `or`, so that only an `or` within an `and` needs parentheses.
    fn written(&self) -> String {
        let within_and = |inner: &Self| match inner {
            Self::Or(..) => format!("({})", inner.written()),
            _ => inner.written(),
        };
        match self {
            Self::Name(test) => test.written("name"),
            Self::Note(test) => test.written("note"),
            Self::NoteIsNull => "note eq null".to_owned(),
            Self::On(on) => format!("on eq {on}"),
            Self::AnyTag(tests) => {
                let mut text = String::new();
                for (index, (test, and)) in tests.iter().enumerate() {
                    let joint = if index == 0 {
                        ""
                    } else if *and {
                        " and "
                    } else {
                        " or "
                    };
                    text.push_str(joint);
                    text.push_str(&test.written("t"));
                }
                if text.is_empty() { "tags/any()".to_owned() } else { format!("tags/any(t:{text})") }
            }
            Self::And(a, b) => format!("{} and {}", within_and(a), within_and(b)),
            Self::Or(a, b) => format!("{} or {}", a.written(), b.written()),
            Self::Not(inner) => format!("not ({})", inner.written()),
        }
    }

    fn holds(&self, thing: &Thing) -> bool {
        match self {
            Self::Name(test) => test.holds(Some(&thing.name)),
            Self::Note(test) => test.holds(thing.note.as_deref()),
            Self::NoteIsNull => thing.note.is_none(),
            Self::On(on) => thing.on == *on,
            Self::AnyTag(tests) => thing.tags.iter().any(|tag| {
                let products = products(tests);
                products.is_empty() || products.iter().any(|all| all.iter().all(|test| test.holds(Some(tag))))
            }),
            Self::And(a, b) => a.holds(thing) && b.holds(thing),
            Self::Or(a, b) => a.holds(thing) || b.holds(thing),
            Self::Not(inner) => !inner.holds(thing),
        }
    }
}

/// A sum of products: every `or` begins a new product.
fn products(tests: &[(Test, bool)]) -> Vec<Vec<&Test>> {
    let mut products: Vec<Vec<&Test>> = Vec::new();
    for (test, and) in tests {
        match products.last_mut() {
            Some(last) if *and => last.push(test),
            _ => products.push(vec![test]),
        }
    }
    products
}

/// Few letters, so that things are often alike; with what needs care: quotes, brackets, words of the language.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[abAB]{0,3}", "[aB' (),:/é]{0,4}", Just("null".to_owned()), Just("a' or on eq true".to_owned())]
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        text().prop_map(Test::Eq),
        text().prop_map(Test::Ne),
        text().prop_map(Test::Ge),
        text().prop_map(Test::Le),
        proptest::collection::vec(text(), 1..4).prop_map(Test::In),
        text().prop_map(Test::Starts),
        text().prop_map(Test::Ends),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        test().prop_map(Expression::Name),
        test().prop_map(Expression::Note),
        Just(Expression::NoteIsNull),
        any::<bool>().prop_map(Expression::On),
        proptest::collection::vec((test(), any::<bool>()), 0..4).prop_map(Expression::AnyTag),
    ];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            two().prop_map(|(a, b)| Expression::And(Box::new(a), Box::new(b))),
            two().prop_map(|(a, b)| Expression::Or(Box::new(a), Box::new(b))),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

fn thing() -> impl Strategy<Value = Thing> {
    (text(), proptest::option::of(text()), any::<bool>(), proptest::collection::vec(text(), 0..4))
        .prop_map(|(name, note, on, tags)| Thing { name, note, on, tags })
}

fn passes(filter: &Filter, thing: &Thing) -> bool {
    filter.passes(&|name: &str| match name {
        "name" => Field::Text(Some(&thing.name)),
        "note" => Field::Text(thing.note.as_deref()),
        "on" => Field::Flag(thing.on),
        _ => Field::List(&thing.tags),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsed_and_naive_readings_agree(
        expression in expression(),
        things in proptest::collection::vec(thing(), 1..8),
    ) {
        let text = expression.written();
        let filter = Filter::parse(&text, &SCHEMA, true);
        prop_assert!(filter.is_ok(), "{text}: {:?}", filter.err());
        if let Ok(filter) = filter {
            for thing in &things {
                prop_assert_eq!(passes(&filter, thing), expression.holds(thing), "{} on {:?}", &text, thing);
            }
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z'(),:/ 0-9.é-]{0,40}") {
        let _either = Filter::parse(&text, &SCHEMA, true);
    }

    #[test]
    fn without_the_advanced_parameters_nothing_but_the_simple_is_taken(expression in expression()) {
        let text = expression.written();
        // Texts may contain anything: look at the language between them only.
        let outside: String = text.split('\'').step_by(2).collect::<Vec<_>>().join("");
        let advanced = [" ne ", "not (", "endswith("].iter().any(|part| outside.contains(part));
        prop_assert_eq!(Filter::parse(&text, &SCHEMA, false).is_err(), advanced, "{}", text);
    }
}
