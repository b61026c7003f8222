//! Personal data stays out: what is masked in texts before they are stored, and who their authors are replaced by.
//!
//! Masking finds e-mail addresses, telephone numbers, IBANs and payment cards. The rule it keeps: what has a checksum
//! must pass it, what has none must follow a number plan, so that order numbers, dates and prices stay. Addresses of web
//! pages are left as they are up to their `?`, and names such as `@handle` are no e-mail addresses.

mod address;
mod card;
mod config;
mod email;
mod iban;
mod letters;
mod mask;
mod number;
mod phone;
mod pseudonym;
mod scan;

use hark_mention::Event;

pub use config::PrivacyConfig;
pub use mask::{Masker, Tally};
pub use pseudonym::Pseudonyms;

/// What is done to an event before it is stored anywhere.
#[derive(Clone, Debug)]
pub struct Privacy {
    /// Masks what people wrote.
    pub masker: Masker,
    /// Replaces authors, if that was asked for.
    pub pseudonyms: Option<Pseudonyms>,
}

impl Privacy {
    /// Replaces the author and masks the texts of an event; tells how much was masked.
    pub fn event(&self, event: &mut Event) -> Tally {
        if let Some(pseudonyms) = &self.pseudonyms {
            pseudonyms.event(event);
        }
        self.masker.event(event)
    }
}
