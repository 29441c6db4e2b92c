//! The stored form of a policy: one JSON object of texts, so that it reads as the API shows it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{FirstLogin, Policy, Preset, SETTINGS, settings::Setting, value::Value};

const PRESET: &str = "preset";

/// Part of a user's document.
impl Serialize for FirstLogin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.write())
    }
}

impl<'de> Deserialize<'de> for FirstLogin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| D::Error::custom("the stored first login is unknown"))
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(SETTINGS.len() + 1))?;
        map.serialize_entry(PRESET, self.preset.name())?;
        for setting in SETTINGS {
            map.serialize_entry(setting.key, &setting.value(self))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Stored)
    }
}

/// A document that an earlier version wrote lacks settings, which then are as in the default; one that a later version wrote has more,
/// which are passed over. A value that this version does not know is an error: guessing would change what the organization wants.
struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
        let mut policy = Policy::default();
        while let Some((key, text)) = map.next_entry::<String, String>()? {
            let known = if key == PRESET {
                <Preset as Value>::read(&text).map(|preset| policy.preset = preset)
            } else if let Some(setting) = Setting::find(&key) {
                (setting.set)(&mut policy, &text)
            } else {
                Some(())
            };
            known.ok_or_else(|| A::Error::custom(format!("the stored value of {key} is unknown")))?;
        }
        Ok(policy)
    }
}
