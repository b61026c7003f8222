//! Who may log in.

use clap::{Args, Subcommand};
use hark_dashboards::Role;

use super::DataDir;

/// What to do with the users of the dashboards.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  hark user add anna --role admin\n  hark user add jan --role analyst --team Support < password.txt\n  hark user list\n\nAs long as there are no users, nobody needs to log in, and the dashboards listen on this machine only."
)]
pub(crate) enum UserTask {
    /// Add a user; the password is asked for, or read from standard input
    Add(UserAddArgs),
    /// List all users
    List {
        #[command(flatten)]
        data: DataDir,
    },
    /// Change a password; all sessions of the user end
    Password {
        /// Name of the user
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Remove a user, with sessions and tokens
    Remove {
        /// Name of the user
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Print the hash of a password, for `[[user]] password` in hark.toml
    Hash,
}

#[derive(Debug, Args)]
pub(crate) struct UserAddArgs {
    /// Name to log in with
    pub(crate) name: String,
    /// What they may do: viewer, analyst, editor or admin
    #[arg(long, default_value = "viewer")]
    pub(crate) role: Role,
    /// A [[team]] of hark.toml: they see the mentions of its brands only
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// No password: only single sign-on lets them in
    #[arg(long)]
    pub(crate) no_password: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}
