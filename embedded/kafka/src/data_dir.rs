//! The broker's directory: who owns it, and what is remembered between two starts.
//!
//! One rule: a directory has one broker. The claim is a lock of the operating system on the file `lock`, so it ends
//! with the process, also after `kill -9`, and never has to be cleaned up by hand.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use url::Url;
use uuid::Uuid;

use crate::Error;

/// A claimed data directory. Dropping it gives the claim up.
pub(crate) struct DataDir {
    path: PathBuf,
    alias: Option<Alias>,
    _lock: File,
}

/// A plainly named symbolic link to the directory; see [`DataDir::url`].
struct Alias(PathBuf);

impl Drop for Alias {
    fn drop(&mut self) {
        // A link that stays behind in the temporary directory harms nobody.
        let _ = fs::remove_file(&self.0);
    }
}

impl DataDir {
    /// Creates the directory when it is missing and claims it for this process.
    pub(crate) fn claim(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::DataDir { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let lock = File::create(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, alias: None, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of a database file in the directory. The storage does not decode escapes in URLs, so a directory with
    /// spaces or accents in its name is reached through a link without them.
    pub(crate) fn database_url(&mut self, file: &str) -> Result<Url, Error> {
        let url = |directory: &Path| {
            let path = directory.join(file).to_str()?.to_owned();
            // The storage takes away one slash and reads the rest as a path, relative unless it begins with another.
            Url::parse(&format!("sqlite:///{path}")).ok().filter(|url| url.path().strip_prefix('/') == Some(&path))
        };
        if let Some(url) = url(&self.path) {
            return Ok(url);
        }
        let link = std::env::temp_dir().join(format!("hark-kafka-{}", Uuid::new_v4()));
        let failed = |source| Error::DataDir { path: self.path.clone(), source };
        std::os::unix::fs::symlink(&self.path, &link).map_err(failed)?;
        let alias = self.alias.insert(Alias(link));
        url(&alias.0).ok_or_else(|| failed(io::Error::new(io::ErrorKind::InvalidFilename, "no plain name for it")))
    }

    /// The name under which this directory's broker introduces itself to clients; made up once, then kept.
    pub(crate) fn cluster_id(&self) -> Result<String, Error> {
        let file = self.path.join("cluster-id");
        let read = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Uuid::new_v4().to_string();
                fs::write(&file, &made).map(|()| made)
            }
            read => read,
        };
        read.map_err(|source| Error::DataDir { path: file, source })
    }

    /// Binds the configured address. Port 0 takes the port of the last start, so that clients which still hold the
    /// address find the broker again, and any free one when that is taken.
    pub(crate) fn bind(&self, listen: SocketAddr) -> Result<TcpListener, Error> {
        if listen.port() != 0 {
            return bind(listen);
        }
        let remembered = self.path.join("port");
        let last = fs::read_to_string(&remembered).ok().and_then(|port| port.trim().parse().ok());
        let listener =
            last.and_then(|port| bind(SocketAddr::new(listen.ip(), port)).ok()).map_or_else(|| bind(listen), Ok)?;
        let port = listener.local_addr().map_err(|source| Error::Listen { address: listen, source })?.port();
        fs::write(&remembered, port.to_string()).map_err(|source| Error::DataDir { path: remembered, source })?;
        Ok(listener)
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Error::AddressInUse { address },
        _ => Error::Listen { address, source },
    })?;
    listener.set_nonblocking(true).map_err(|source| Error::Listen { address, source })?;
    Ok(listener)
}
