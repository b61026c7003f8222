//! The brands and products of the demo. All of them are invented.

/// Listening configuration of the demo, as text of a `hark.toml`: its `[[brand]]` and `[[product]]` entries.
pub const CONFIG: &str = include_str!("../config.toml");

/// What a product is; it decides which texts can be about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Phone,
    Headphones,
    Bike,
    CargoBike,
    Subscription,
}

/// Something that a brand of the demo sells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) brand: &'static str,
    /// Name with the brand in front.
    pub(crate) name: &'static str,
    /// What people call it when it is clear what they speak of.
    pub(crate) short: &'static str,
    pub(crate) class: Class,
}

const fn product(brand: &'static str, name: &'static str, short: &'static str, class: Class) -> Product {
    Product { brand, name, short, class }
}

/// A maker of phones and headphones that can be repaired.
pub(crate) const NOORDVONK: &str = "Noordvonk";
/// A maker of electric bicycles with an app and a subscription.
pub(crate) const ZIJWIND: &str = "Zijwind";
/// Zijwind's competitor.
pub(crate) const TRAPWIJS: &str = "Trapwijs";

pub(crate) static KERN: Product = product(NOORDVONK, "Noordvonk Kern 2", "Kern 2", Class::Phone);
pub(crate) static GALM: Product = product(NOORDVONK, "Noordvonk Galm", "Galm", Class::Headphones);
pub(crate) static FLUKS: Product = product(ZIJWIND, "Zijwind Fluks", "Fluks", Class::Bike);
pub(crate) static BUIDEL: Product = product(ZIJWIND, "Zijwind Buidel", "Buidel", Class::CargoBike);
// People never shorten the names of these two.
pub(crate) static GO: Product = product(TRAPWIJS, "Trapwijs Go", "Trapwijs Go", Class::Bike);
pub(crate) static FLEX: Product = product(TRAPWIJS, "Trapwijs Flex", "Trapwijs Flex", Class::Subscription);
