//! A door before a server: connections through it can be cut.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Passes connections on until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    open: Arc<Mutex<JoinSet<()>>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A free port that leads to `server`, given as `http://host:port`.
    pub(crate) async fn before(server: &str) -> Self {
        let server = server.strip_prefix("http://").expect("an address").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let open = Arc::new(Mutex::new(JoinSet::new()));
        let all = Arc::clone(&open);
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                let mut all = all.lock().expect("nobody panicked");
                while all.try_join_next().is_some() {}
                all.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(server).await {
                        // Either side may hang up as it likes.
                        drop(copy_bidirectional(&mut client, &mut server).await);
                    }
                });
            }
        });
        Self { address, open, accepting }
    }

    /// Where to connect.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts all connections and gives how many there were.
    pub(crate) fn cut(&self) -> usize {
        let mut open = self.open.lock().expect("nobody panicked");
        while open.try_join_next().is_some() {}
        let cut = open.len();
        open.abort_all();
        cut
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
