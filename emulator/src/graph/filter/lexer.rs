//! Cuts a `$filter` into tokens. It knows nothing of what they mean.

use crate::graph::errors::GraphError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
    Slash,
}

/// Tokens, each with its position for messages.
pub(super) fn lex(text: &str) -> Result<Vec<(usize, Token)>, GraphError> {
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
            '$' => return Err(GraphError::unimplemented("$count and other segments with $ in $filter")),
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
