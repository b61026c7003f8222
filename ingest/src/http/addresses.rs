//! Which addresses may be asked: those of the public internet, and hosts that the operator listed.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::{HttpError, place};

/// Hosts that may be asked although they are in a private network: the names and addresses of `[ingest] private_hosts`.
/// Default: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateHosts(Arc<[Host]>);

impl PrivateHosts {
    /// Reads names and addresses, without port.
    ///
    /// # Errors
    ///
    /// The first that is neither.
    pub fn new(hosts: &[String]) -> Result<Self, String> {
        let host = |text: &String| {
            let address = text.trim().trim_matches(['[', ']']).parse::<IpAddr>();
            match address {
                Ok(IpAddr::V4(v4)) => Ok(Host::Ipv4(v4)),
                Ok(IpAddr::V6(v6)) => Ok(Host::Ipv6(v6)),
                Err(_) => Host::parse(text.trim()).map_err(|_| text.clone()),
            }
        };
        Ok(Self(hosts.iter().map(host).collect::<Result<_, _>>()?))
    }

    /// Whether `url` is at one of them.
    pub(super) fn hold(&self, url: &Url) -> bool {
        url.host().is_some_and(|host| self.0.iter().any(|listed| *listed == host))
    }
}

/// Connects to the host of `url` for what is not HTTP, under the same rule.
///
/// # Errors
///
/// [`HttpError`] when the host is private and not listed, or does not answer.
pub(crate) async fn connect(url: &Url, private_hosts: &PrivateHosts) -> Result<TcpStream, HttpError> {
    let error = |error: io::Error| HttpError::Failed { place: place(url), error: error.to_string() };
    let port = url.port_or_known_default().unwrap_or(443);
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let mut found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(error)?.collect();
    if !private_hosts.hold(url) {
        if url.host().is_none_or(is_local) {
            return Err(HttpError::Private { place: place(url) });
        }
        found = public(&found).map_err(|_| HttpError::Private { place: place(url) })?;
    }
    let stream = TcpStream::connect(&*found).await.map_err(error)?;
    stream.set_nodelay(true).map_err(error)?;
    Ok(stream)
}

/// Those of `found` that are public.
///
/// # Errors
///
/// [`PRIVATE`] when there are some, and none is.
fn public(found: &[SocketAddr]) -> Result<Vec<SocketAddr>, &'static str> {
    let public: Vec<_> = found.iter().copied().filter(|address| is_public(address.ip())).collect();
    if public.is_empty() && !found.is_empty() { Err(PRIVATE) } else { Ok(public) }
}

/// Whether the name or address itself says that it is in a private network.
pub(super) fn is_local<S: AsRef<str>>(host: Host<S>) -> bool {
    match host {
        Host::Ipv4(address) => !is_public(address.into()),
        Host::Ipv6(address) => !is_public(address.into()),
        Host::Domain(name) => {
            let name = name.as_ref().trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.') || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
        }
    }
}

/// Whether `address` is reachable over the public internet.
///
/// Source: the IANA special-purpose address registries.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
                || a >= 224;
            !special
        }
        IpAddr::V6(v6) => {
            let [a, b, .., g, h] = v6.segments();
            let embedded =
                |high: u16, low: u16| is_public(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into());
            match v6.to_ipv4_mapped() {
                Some(v4) => is_public(v4.into()),
                None if a == 0x64 && b == 0xff9b => embedded(g, h),
                None if a == 0x2002 => embedded(b, v6.segments()[2]),
                None => (0x2000..0x4000).contains(&a) && !(a == 0x2001 && b == 0xdb8),
            }
        }
    }
}

/// What is told of a name whose addresses are all private.
pub(super) const PRIVATE: &str = "the name leads to a private address";

/// Looks names up and keeps public addresses only; it sits in the connection itself, so a name cannot change its
/// address between the check and the use.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(public(&found)?.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn addresses_that_are_not_on_the_public_internet() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::808:808"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn what_is_no_http_follows_the_same_rule() {
        let here = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("ws://{}/subscribe", here.local_addr().unwrap())).unwrap();
        let refused = connect(&url, &PrivateHosts::default()).await;
        assert!(matches!(refused, Err(HttpError::Private { .. })), "{refused:?}");
        connect(&url, &PrivateHosts::new(&["127.0.0.1".to_owned()]).unwrap()).await.unwrap();
    }

    #[test]
    fn listed_hosts_are_names_or_addresses() {
        let hosts = |text: &str| PrivateHosts::new(&[text.to_owned()]);
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(hosts("Intranet.example").unwrap().hold(&url("http://intranet.EXAMPLE:81/feed")));
        assert!(!hosts("intranet.example").unwrap().hold(&url("http://other.intranet.example/")));
        assert!(hosts("fd00::1").unwrap().hold(&url("http://[fd00::1]/")));
        assert!(hosts("[fd00::1]").unwrap().hold(&url("http://[fd00::1]/")));
        assert_eq!(hosts("http://a/").unwrap_err(), "http://a/");
    }
}
