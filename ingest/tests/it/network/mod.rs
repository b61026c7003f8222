//! A server on loopback that behaves like the real ones: it asks for a token, sets limits, breaks down, cuts answers
//! short and talks nonsense, as a test tells it to.
//!
//! ```text
//! let network = Network::start().await;
//! network.on("GET /v1/posts", move |asked| Reply::json(&posts.page(asked.query("cursor"))));
//! network.fail(3, Fault::Status(503));
//! ```
//!
//! A path may have one `*` at its end, which stands for the rest of the path.

mod fault;
mod reply;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use hark_ingest::{PrivateHosts, SourceContext};
use tokio::net::TcpListener;

pub(crate) use self::{
    fault::Fault,
    reply::{Reply, Wire},
};

/// What sources are told here: that they may read from this machine.
pub(crate) fn context() -> SourceContext {
    let private_hosts = ["127.0.0.1", "localhost"].map(str::to_owned);
    SourceContext { private_hosts: PrivateHosts::new(&private_hosts).unwrap(), ..SourceContext::default() }
}

/// Most bytes of a request that a test sends.
const MAX_BODY: usize = 16 << 20;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    query: Vec<(String, String)>,
}

impl Asked {
    /// The value of a key of the address.
    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        self.queries(key).last()
    }

    /// The values of a key that stands in the address several times.
    pub(crate) fn queries(&self, key: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The value of a header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The fields of a form.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// What follows the last `/` of the path.
    pub(crate) fn last(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

#[derive(Default)]
struct Inner {
    /// What is asked for, in the order of registration; the first that fits answers.
    routes: Vec<(String, Arc<Answer>)>,
    /// What happens to the next requests instead of an answer, one each.
    faults: Vec<Fault>,
    /// Tokens are refused.
    is_revoked: bool,
    asked: Vec<Asked>,
}

/// The server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Network {
    inner: Arc<Mutex<Inner>>,
    address: SocketAddr,
}

impl Network {
    /// Starts a server that knows no paths yet.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::<Mutex<Inner>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inner, address }
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers what is asked for by `route`: method and path, such as `GET /v1/posts` or `GET /v1/posts/*`.
    pub(crate) fn on(&self, route: &str, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        self.change(|inner| inner.routes.push((route.to_owned(), Arc::new(answer))));
    }

    /// Lets the next `times` requests end in `fault`.
    pub(crate) fn fail(&self, times: usize, fault: Fault) {
        self.change(|inner| inner.faults.extend(std::iter::repeat_n(fault, times)));
    }

    /// Ends all faults.
    pub(crate) fn mend(&self) {
        self.change(|inner| {
            inner.faults.clear();
            inner.is_revoked = false;
        });
    }

    /// Refuses every token from now on, until it is mended.
    pub(crate) fn revoke(&self) {
        self.change(|inner| inner.is_revoked = true);
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// How often a path that begins like this was asked for.
    pub(crate) fn times(&self, path: &str) -> usize {
        self.inner.lock().unwrap().asked.iter().filter(|asked| asked.path.starts_with(path)).count()
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.lock().unwrap());
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: to_bytes(body, MAX_BODY).await.unwrap_or_default().to_vec(),
        query,
    };
    let (fault, route) = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push(asked.clone());
        let route = inner.routes.iter().find(|(route, _)| fits(route, &asked)).map(|(_, answer)| Arc::clone(answer));
        (inner.next_fault(), route)
    };
    let reply = match route {
        Some(answer) => answer(&asked),
        None => Reply::status(404),
    };
    match fault {
        None => reply.into_response(),
        Some(fault) => fault.instead_of(reply).await,
    }
}

impl Inner {
    fn next_fault(&mut self) -> Option<Fault> {
        if self.is_revoked {
            return Some(Fault::Status(401));
        }
        (!self.faults.is_empty()).then(|| self.faults.remove(0))
    }
}

fn fits(route: &str, asked: &Asked) -> bool {
    let Some((method, path)) = route.split_once(' ') else { return false };
    let fits = match path.strip_suffix('*') {
        Some(start) => asked.path.starts_with(start),
        None => asked.path == path,
    };
    fits && method == asked.method
}

/// An answer that never comes; the caller has to give up.
async fn never() -> Response {
    std::future::pending().await
}
