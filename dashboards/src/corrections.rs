//! Correcting labels: what the dashboards need of the program for it.

use async_trait::async_trait;

/// A mention of which a label is corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// Its id.
    pub id: String,
    /// What the label was before; lists as JSON.
    pub old: String,
}

/// Why labels cannot be corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    /// The field or the value is none that can be.
    #[error("{0}")]
    Value(String),
    /// The database cannot be reached or refuses.
    #[error("cannot note the correction: {0}")]
    Store(String),
}

/// Notes what people correct. The program gives it to the dashboards, which only read the database themselves.
#[async_trait]
pub trait Corrector: Send + Sync {
    /// Sets `field` (sentiment, topics, brands, products, intent, lang or spam) of all these mentions to `values`, for lists
    /// any number of names, else one; `None` withdraws earlier corrections. Gives the mentions that are shown.
    ///
    /// # Errors
    ///
    /// [`CorrectionError::Value`] for what cannot be, [`CorrectionError::Store`] when the database is away.
    async fn correct(
        &self,
        ids: &[String],
        field: &str,
        values: Option<&[String]>,
        by: &str,
    ) -> Result<Vec<Corrected>, CorrectionError>;
}
