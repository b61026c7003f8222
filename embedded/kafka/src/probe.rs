//! Asks a broker, over the Kafka protocol, whether it answers.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A `Metadata` request, version 1, without topics and without a client id.
/// Source: <https://kafka.apache.org/protocol#The_Messages_Metadata>, read 2026-11-22.
const METADATA_REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 42, 0xff, 0xff, 0, 0, 0, 0];

/// Sends one `Metadata` request and returns when the answer to it has arrived.
pub(crate) async fn answers(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&METADATA_REQUEST).await?;
    let _length = stream.read_u32().await?;
    let correlation_id = stream.read_u32().await?;
    let brokers = stream.read_u32().await?;
    if correlation_id == 42 && brokers == 1 {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is not one of this broker"))
    }
}
