//! Values of settings, and their written form.

use std::time::Duration;

use ipnet::IpNet;

use super::enums::Feature;
use crate::{connection::IdpKind, text::fold};

/// A value that a setting can have. Its text is what the API shows and what is stored.
pub(super) trait Value: Sized {
    /// The value of this text, if there is one.
    fn read(text: &str) -> Option<Self>;
    /// The text of this value.
    fn write(&self) -> String;
    /// Describes the texts that are values, in a phrase.
    fn allowed() -> String;
}

/// A value out of a few, each with a name.
pub(super) trait SettingEnum: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];
    /// Its name.
    fn name(self) -> &'static str;
}

/// A closed set of values as an enum.
macro_rules! setting_enums {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $crate::policy::value::SettingEnum for $type {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    )+};
}
pub(super) use setting_enums;

impl<W: SettingEnum> Value for W {
    fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == text)
    }

    fn write(&self) -> String {
        self.name().to_owned()
    }

    fn allowed() -> String {
        either(&names::<Self>())
    }
}

/// Words in an order of their own, each at most once.
impl<W: SettingEnum> Value for Vec<W> {
    fn read(text: &str) -> Option<Self> {
        let values: Option<Self> = items(text).map(W::read).collect();
        values.filter(|values| {
            values
                .iter()
                .enumerate()
                .all(|(at, value)| !values[..at].contains(value))
        })
    }

    fn write(&self) -> String {
        self.iter()
            .map(|value| value.name())
            .collect::<Vec<_>>()
            .join(",")
    }

    fn allowed() -> String {
        format!("a list of {}", either(&names::<W>()))
    }
}

fn names<W: SettingEnum>() -> Vec<&'static str> {
    W::ALL.iter().map(|value| value.name()).collect()
}

/// `a, b or c`.
fn either(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

impl SettingEnum for IdpKind {
    const ALL: &'static [Self] = &Self::ALL;
    fn name(self) -> &'static str {
        Self::name(self)
    }
}

/// Setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toggle {
    /// Off.
    Off,
    /// On.
    On,
}

impl Toggle {
    /// Tells whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl Value for Toggle {
    fn read(text: &str) -> Option<Self> {
        match text {
            "true" | "yes" => Some(Self::On),
            "false" | "no" => Some(Self::Off),
            _ => None,
        }
    }

    fn write(&self) -> String {
        if self.is_on() { "true" } else { "false" }.to_owned()
    }

    fn allowed() -> String {
        either(&["true", "false"])
    }
}

/// A limit on a number of things, up to `MAXIMUM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit<const MAXIMUM: u32 = 1000> {
    /// At most so many, at least one.
    AtMost(u32),
    /// Any number.
    Unlimited,
}

/// A limit on what a whole organization may have.
pub type Quota = Limit<1_000_000_000>;

impl<const MAXIMUM: u32> Limit<MAXIMUM> {
    /// The number; `None`: there is no limit.
    pub fn number(self) -> Option<u32> {
        match self {
            Self::AtMost(number) => Some(number),
            Self::Unlimited => None,
        }
    }
}

impl<const MAXIMUM: u32> Value for Limit<MAXIMUM> {
    fn read(text: &str) -> Option<Self> {
        if text == "unlimited" {
            return Some(Self::Unlimited);
        }
        let number = text
            .parse()
            .ok()
            .filter(|number| (1..=MAXIMUM).contains(number))?;
        Some(Self::AtMost(number))
    }

    fn write(&self) -> String {
        self.number()
            .map_or_else(|| "unlimited".to_owned(), |number| number.to_string())
    }

    fn allowed() -> String {
        format!("1 to {MAXIMUM} or unlimited")
    }
}

/// The seconds of the units that a duration can be given in, largest first.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// The longest duration: ten years.
const MAX_SECONDS: u64 = 3_650 * 86_400;

impl Value for Duration {
    fn read(text: &str) -> Option<Self> {
        if text == "0" {
            return Some(Self::ZERO);
        }
        let unit = text.chars().last()?;
        let (_, seconds) = UNITS.into_iter().find(|it| it.0 == unit)?;
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        let seconds = number.checked_mul(seconds).filter(|it| *it <= MAX_SECONDS)?;
        Some(Self::from_secs(seconds))
    }

    fn write(&self) -> String {
        let seconds = self.as_secs();
        if seconds == 0 {
            return "0".to_owned();
        }
        // A day is shown as 24h.
        let (unit, size) = UNITS
            .into_iter()
            .skip(1)
            .find(|it| seconds.is_multiple_of(it.1))
            .unwrap_or(('s', 1));
        format!("{}{unit}", seconds / size)
    }

    fn allowed() -> String {
        "0, or a number and s, m, h or d".to_owned()
    }
}

/// A time after which something happens, if it ever does.
impl Value for Option<Duration> {
    fn read(text: &str) -> Option<Self> {
        match text {
            "never" => Some(None),
            text => Duration::read(text).map(Some),
        }
    }

    fn write(&self) -> String {
        self.map_or_else(|| "never".to_owned(), |time| Value::write(&time))
    }

    fn allowed() -> String {
        format!("never, {}", Duration::allowed())
    }
}

/// The organization role of those who hold none explicitly. That it is one of the catalog, and not the last, the whole policy knows.
impl Value for Option<String> {
    fn read(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.chars().count() <= NameList::MAX_CHARACTERS;
        match text {
            "none" => Some(None),
            role if fits && !role.contains(char::is_control) => Some(Some(role.to_owned())),
            _ => None,
        }
    }

    fn write(&self) -> String {
        self.clone().unwrap_or_else(|| "none".to_owned())
    }

    fn allowed() -> String {
        "none or a role of roles.catalog that is not the last".to_owned()
    }
}

/// Names that a product gives, each at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList(pub Vec<String>);

impl NameList {
    const MAX_ITEMS: usize = 100;
    const MAX_CHARACTERS: usize = 256;
}

impl Value for NameList {
    fn read(text: &str) -> Option<Self> {
        let names: Vec<String> = items(text).map(str::to_owned).collect();
        let fits =
            |name: &String| name.chars().count() <= Self::MAX_CHARACTERS && !name.contains(char::is_control);
        let all_fit = names.len() <= Self::MAX_ITEMS && names.iter().all(fits);
        let no_doubles = names
            .iter()
            .enumerate()
            .all(|(at, name)| !names[..at].contains(name));
        (all_fit && no_doubles).then_some(Self(names))
    }

    fn write(&self) -> String {
        self.0.join(",")
    }

    fn allowed() -> String {
        "a list of names".to_owned()
    }
}

/// The names of plans, each with the features that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plans(Vec<(String, Vec<Feature>)>);

impl Plans {
    /// The features of the plan of this name, none if there is no such plan; `None` where no plan is named, or the table names none.
    pub(super) fn features_of(&self, plan: &str) -> Option<Vec<Feature>> {
        if plan.is_empty() || self.0.is_empty() {
            return None;
        }
        let named = |(name, _): &&(String, Vec<Feature>)| fold(name) == fold(plan);
        let features = self.0.iter().find(named).map(|(_, features)| features.clone());
        Some(features.unwrap_or_default())
    }
}

impl Value for Plans {
    fn read(text: &str) -> Option<Self> {
        let plan = |item: &str| {
            let (name, features) = item.split_once('=')?;
            Some((name.trim().to_owned(), Vec::read(&features.replace('+', ","))?))
        };
        let plans: Vec<(String, Vec<Feature>)> = items(text).map(plan).collect::<Option<_>>()?;
        let names: Vec<&str> = plans.iter().map(|(name, _)| name.as_str()).collect();
        let all_are_names = names.iter().all(|name| !name.is_empty());
        (all_are_names && NameList::read(&fold(&names.join(","))).is_some()).then_some(Self(plans))
    }

    fn write(&self) -> String {
        let plan = |(name, features): &(String, Vec<Feature>)| {
            format!("{name}={}", features.write().replace(',', "+"))
        };
        self.0.iter().map(plan).collect::<Vec<_>>().join(",")
    }

    fn allowed() -> String {
        format!(
            "a list of NAME=FEATURE+FEATURE, of {}",
            either(&names::<Feature>())
        )
    }
}

impl Value for Vec<IpNet> {
    fn read(text: &str) -> Option<Self> {
        items(text).map(|item| item.parse().ok()).collect()
    }

    fn write(&self) -> String {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    fn allowed() -> String {
        "a list of networks, such as 192.0.2.0/24; empty: all".to_owned()
    }
}
