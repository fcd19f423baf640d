//! The JSON of an answer, read where it stands: texts are the answer's own, and an object is a short list. A page of a
//! thousand rows is read several times faster so than into maps and texts of their own.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    /// Nothing, or a number: nothing here is made of numbers.
    Other,
    /// True or false.
    Flag(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// Several values.
    List(Vec<Self>),
    /// Names with their values, as they come.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl Json<'_> {
    /// The value of that name, if this is an object that has it; of several the last, as other readers have it.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub(super) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The list, if it is one.
    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = entries.next_entry()? {
            let Json::Text(name) = name else { return Err(A::Error::custom("a name that is no text")) };
            fields.push((name, value));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
impl From<serde_json::Value> for Json<'static> {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null | Value::Number(_) => Self::Other,
            Value::Bool(flag) => Self::Flag(flag),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Json;
    use crate::auth::properties::any_json;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Names in the order of the alphabet, as the other reader has them.
    fn sorted(json: Json<'_>) -> Json<'_> {
        match json {
            Json::List(list) => Json::List(list.into_iter().map(sorted).collect()),
            Json::Object(mut fields) => {
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Json::Object(fields.into_iter().map(|(name, value)| (name, sorted(value))).collect())
            }
            other => other,
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads(value in any_json(), cut in any::<prop::sample::Index>()) {
            let text = value.to_string();
            let read: Json<'_> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(sorted(read), sorted(Json::from(value)));
            let part: Vec<u8> = text.bytes().take(cut.index(text.len())).collect();
            let ours = serde_json::from_slice::<Json<'_>>(&part).is_ok();
            prop_assert_eq!(ours, serde_json::from_slice::<Value>(&part).is_ok());
        }
    }

    #[test]
    fn of_several_values_of_a_name_the_last_counts() {
        let json: Json<'_> = serde_json::from_str(r#"{"a":"1","\u0061":"2","b":[true,null,-1.5e3]}"#).unwrap();
        assert_eq!(json.get("a").and_then(Json::as_str), Some("2"));
        assert_eq!(json.get("b").and_then(Json::as_list), Some(&[Json::Flag(true), Json::Other, Json::Other][..]));
        assert_eq!((json.get("c"), Json::Other.get("a"), json.as_list()), (None, None, None));
    }
}
