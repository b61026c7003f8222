//! What the author of a mention wants, from the form of the text and its tone.

use hark_mention::{Intent, Sentiment};

/// Tells the intent of `text`, whose tone is known.
pub(crate) fn detect(text: &str, sentiment: Sentiment) -> Intent {
    let asks = text.chars().any(|c| matches!(c, '?' | '？' | '؟'));
    match sentiment {
        Sentiment::Negative => Intent::Complaint,
        _ if asks => Intent::Question,
        Sentiment::Positive => Intent::Praise,
        Sentiment::Neutral => Intent::Other,
    }
}
