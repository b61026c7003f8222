//! ClickHouse without a server: the real engine (`libchdb.so`) in a supervised child process, behind ClickHouse's HTTP
//! interface.
//!
//! The one rule: whoever talks to it cannot tell it from a server. It hands out an address and two users, and every
//! program that speaks to ClickHouse over HTTP works unchanged.
//!
//! [`start`] runs in the parent; the program it starts must call [`run_child`]. Only Linux on x86-64 is supported, for
//! that is what the engine library is published for.

mod child;
mod connection;
mod ffi;
mod gate;
mod http;
mod library;
mod options;
mod sandbox;
mod sql;
mod supervisor;
mod users;

pub use child::{ChildArgs, ChildError, run_child};
pub use gate::AnalystLimits;
pub use library::{LibraryMissing, find_library};
pub use options::{CHILD_COMMAND, Error, Options};
pub use supervisor::{Credentials, Engine, Health, start};
