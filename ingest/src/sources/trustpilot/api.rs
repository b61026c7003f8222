//! What Trustpilot sends.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A company, as found by its domain.
///
/// Source: <https://developers.trustpilot.com/business-units-api-(public)>.
#[derive(Debug, Deserialize)]
pub(super) struct BusinessUnit {
    pub(super) id: String,
}

/// A page of reviews.
#[derive(Debug, Deserialize)]
pub(super) struct ReviewPage {
    pub(super) reviews: Vec<Box<RawValue>>,
}

/// A review.
///
/// Source: <https://developers.trustpilot.com/service-reviews-api>.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    pub(super) id: String,
    /// 1 to 5.
    pub(super) stars: Option<u8>,
    pub(super) title: Option<String>,
    /// Plain text.
    pub(super) text: Option<String>,
    pub(super) language: Option<String>,
    /// With or without a time zone, which then is UTC.
    pub(super) created_at: String,
    /// `null` when it was never changed.
    pub(super) updated_at: Option<String>,
    pub(super) company_reply: Option<CompanyReply>,
    pub(super) consumer: Option<Consumer>,
    pub(super) is_verified: Option<bool>,
    /// `active`, `reported`, `archived`.
    pub(super) status: Option<String>,
    pub(super) business_unit: Option<Reviewed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompanyReply {
    pub(super) created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consumer {
    pub(super) id: Option<String>,
    pub(super) display_name: Option<String>,
    /// Such as `Utrecht, NL`.
    pub(super) display_location: Option<String>,
}

/// The company that is reviewed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reviewed {
    pub(super) display_name: Option<String>,
}
