//! Corrections that people make in the dashboards, checked and noted as those of `hark correct`.

use std::sync::Arc;

use async_trait::async_trait;
use hark_dashboards::{Corrected, CorrectionError, Corrector};
use hark_sink::{Client, Field};
use tokio::sync::watch;

use crate::{
    commands::correct::{checked, known_names},
    editions::Current,
    suggest::not_known,
};

/// Notes corrections in the database.
pub(crate) struct Corrections {
    current: watch::Receiver<Current>,
    client: Client,
}

impl Corrections {
    /// `writer` is a user that may write.
    pub(crate) fn new(current: watch::Receiver<Current>, writer: &hark_store::Access) -> Self {
        Self { current, client: writer.client() }
    }
}

#[async_trait]
impl Corrector for Corrections {
    async fn correct(
        &self,
        ids: &[String],
        field: &str,
        values: Option<&[String]>,
        by: &str,
    ) -> Result<Vec<Corrected>, CorrectionError> {
        let Some(field) = Field::named(field) else {
            return Err(CorrectionError::Value(not_known(field, &Field::ALL.map(Field::as_str))));
        };
        let store = |error: anyhow::Error| CorrectionError::Store(format!("{error:#}"));
        let new = match values {
            Some(values) => {
                let config = Arc::clone(&self.current.borrow().config);
                let names = known_names(&config, &self.client, field).await.map_err(store)?;
                checked(field, values, &names).map_err(CorrectionError::Value)?
            }
            None => String::new(),
        };
        let corrected = hark_sink::correct_all(&self.client, ids, field, &new, by).await;
        let corrected = corrected.map_err(|error| store(error.into()))?;
        Ok(corrected.into_iter().map(|(id, old)| Corrected { id, old }).collect())
    }
}
