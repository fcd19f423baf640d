//! A JSON object of the sign-in service, taken apart member by member.
//!
//! By hand, since code that serde derives would weigh more in the bundle than all of this. What is not asked for is
//! not looked at, and a text is moved out, not copied: some are tokens.

use serde_json::{Map, Value};

/// A JSON object.
pub struct Object(Map<String, Value>);

/// Why a JSON text is not what was expected. Nothing of the text is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// Not JSON, or not an object.
    #[error("it is no JSON object")]
    NoObject,
    /// A member is missing where it must not be, or is of another type.
    #[error("\"{0}\" is missing or wrong")]
    Member(&'static str),
}

impl Object {
    /// Reads a JSON text.
    pub fn parse(json: &[u8]) -> Result<Self, ObjectError> {
        serde_json::from_slice(json).ok().and_then(Self::from_value).ok_or(ObjectError::NoObject)
    }

    /// A member of another object, where that is one itself.
    pub fn from_value(value: Value) -> Option<Self> {
        if let Value::Object(members) = value { Some(Self(members)) } else { None }
    }

    /// Takes a member out, whatever it is: `Null` where there is none.
    pub fn take(&mut self, name: &str) -> Value {
        self.0.get_mut(name).map(Value::take).unwrap_or_default()
    }

    /// Takes out a text that may be missing or `null`.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, ObjectError> {
        match self.take(name) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(ObjectError::Member(name)),
        }
    }

    /// Takes out a text that must be there.
    pub fn required(&mut self, name: &'static str) -> Result<String, ObjectError> {
        self.text(name)?.ok_or(ObjectError::Member(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_taken_apart_by_type() {
        let mut object = Object::parse(br#"{"a":"x","b":null,"c":1,"d":{"e":"y"}}"#).unwrap();
        assert_eq!(object.text("b"), Ok(None));
        assert_eq!(object.text("z"), Ok(None));
        assert_eq!(object.text("c"), Err(ObjectError::Member("c")));
        assert_eq!(object.required("b"), Err(ObjectError::Member("b")));
        assert_eq!(object.required("a"), Ok("x".into()));
        assert_eq!(object.required("a"), Err(ObjectError::Member("a")), "moved out");
        assert_eq!(Object::from_value(object.take("d")).unwrap().required("e"), Ok("y".into()));
    }

    #[test]
    fn is_nothing_but_an_object() {
        for json in ["", "{", "[]", "[\"a\"]", "null", "\"a\"", "{}{}", "{\"a\":1,}", "<html>"] {
            assert_eq!(Object::parse(json.as_bytes()).err(), Some(ObjectError::NoObject), "{json}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}").err(), Some(ObjectError::NoObject));
    }
}
