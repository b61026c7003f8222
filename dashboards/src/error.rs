//! Why the dashboards cannot start or go on.

use std::{io, net::SocketAddr};

/// Why the dashboards cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `[dashboards] listen` is no address, or one that is refused.
    #[error("`[dashboards] listen` {0}")]
    Address(String),
    /// Users or single sign-on are configured in a way that cannot work.
    #[error("{0}")]
    Access(String),
    /// Another program has the port.
    #[error(
        "cannot listen on {0}: another program has this port; stop it, or choose another port with \
         `[dashboards] listen` in hark.toml or `--listen`"
    )]
    PortTaken(SocketAddr),
    /// The operating system refuses the address.
    #[error(
        "cannot listen on {address}: {error}; choose another address with `[dashboards] listen` in hark.toml or \
         `--listen`"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// The listening socket failed.
    #[error("the dashboards stopped: {0}")]
    Serve(io::Error),
}
