//! How Hark's stages reach ClickHouse: an address, a user, and a client tuned for them.

use std::{fmt, time::Duration};

use clickhouse::Compression;
use hark_mention::config::{ClickHouseConfig, SecretError};
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Where the database is, and as whom to use it.
#[derive(Clone)]
pub struct Access {
    /// HTTP address: `http://127.0.0.1:8123`.
    pub url: String,
    /// Database that holds Hark's tables.
    pub database: String,
    /// User.
    pub user: String,
    /// Password; empty for none.
    pub password: String,
    /// Longest time that one insert or query may take.
    pub timeout: Duration,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}/{}", self.user, self.url, self.database)
    }
}

impl Access {
    /// Access of the user that writes and migrates; `None` when no `[clickhouse] url` is configured.
    ///
    /// # Errors
    ///
    /// When the password's reference cannot be resolved.
    pub fn writer(config: &ClickHouseConfig) -> Result<Option<Self>, SecretError> {
        Self::from_config(config, &config.user, config.password.as_ref())
    }

    /// Access of the read-only user; `None` when no `[clickhouse] url` is configured.
    ///
    /// # Errors
    ///
    /// When the password's reference cannot be resolved.
    pub fn analyst(config: &ClickHouseConfig) -> Result<Option<Self>, SecretError> {
        Self::from_config(config, &config.analyst_user, config.analyst_password.as_ref())
    }

    fn from_config(
        config: &ClickHouseConfig,
        user: &str,
        password: Option<&hark_mention::config::Secret>,
    ) -> Result<Option<Self>, SecretError> {
        let Some(url) = &config.url else { return Ok(None) };
        let password = password.map_or_else(|| Ok(String::new()), hark_mention::config::Secret::reveal)?;
        let (url, user, database) = (url.clone(), user.to_owned(), config.database.clone());
        Ok(Some(Self { url, database, user, password, timeout: config.timeout.duration() }))
    }

    /// A client for this access. Cheap to clone; it keeps connections open between calls.
    pub fn client(&self) -> clickhouse::Client {
        let mut connector = HttpConnector::new();
        // Without it a small insert or query waits some 40 ms for the other side's delayed acknowledgement.
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let http = HttpClient::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(2)).build(connector);
        clickhouse::Client::with_http_client(http)
            .with_url(&self.url)
            .with_compression(self.compression())
            .with_user(&self.user)
            .with_password(&self.password)
            .with_database(&self.database)
    }

    /// Between two processes of one machine, packing takes longer than it saves.
    fn compression(&self) -> Compression {
        let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        if local.iter().any(|local| self.url.starts_with(local)) { Compression::None } else { Compression::Lz4 }
    }
}
