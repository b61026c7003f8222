//! What can be told of a person in a text, and what stands in its place once it is masked.

use serde::Deserialize;

/// A kind of personal data that is masked in texts. A closed set, so that an operator sees every kind at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonalData {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An International Bank Account Number.
    Iban,
    /// The number of a payment card.
    Card,
}

impl PersonalData {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Iban, Self::Card];

    /// The kind's name in the configuration and in counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::Card => "card",
        }
    }

    /// What stands in a text in its place. One word to a listening query, so that `phone` does not match it.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[masked_email]",
            Self::Phone => "[masked_phone]",
            Self::Iban => "[masked_iban]",
            Self::Card => "[masked_card]",
        }
    }
}
