//! Stopping cleanly: the first Ctrl-C or SIGTERM asks everything to stop, the second ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that the first signal cancels.
///
/// # Errors
///
/// When the operating system does not let the process watch its signals.
pub(crate) fn cancel_on_signal() -> std::io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        let mut next = async || tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () };
        next().await;
        tracing::info!("stopping; press Ctrl-C again to stop at once");
        token.cancel();
        next().await;
        std::process::exit(130);
    });
    Ok(cancel)
}
