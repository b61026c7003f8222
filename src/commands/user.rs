//! `hark user`: who may log in to the dashboards.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail};
use hark_dashboards::{Accounts, hash_password};

use crate::{
    args::{UserAddArgs, UserTask},
    config::Config,
    engines::Engines,
};

pub(crate) async fn run(config: Config, task: UserTask) -> Result<()> {
    let data = match &task {
        UserTask::Hash => {
            println!("{}", hash_password(&new_password()?).map_err(anyhow::Error::msg)?);
            return Ok(());
        }
        UserTask::Add(UserAddArgs { data, .. })
        | UserTask::List { data }
        | UserTask::Remove { data, .. }
        | UserTask::Password { data, .. } => data.data.clone(),
    };
    let engines = Engines::open(&config, &data).await?;
    let accounts = Accounts::new(&engines.writer, &config.users).map_err(anyhow::Error::msg)?;
    let done = carry_out(&config, &accounts, task).await;
    engines.shutdown().await;
    done
}

async fn carry_out(config: &Config, accounts: &Accounts, task: UserTask) -> Result<()> {
    match task {
        UserTask::Hash => {}
        UserTask::List { .. } => list(accounts).await?,
        UserTask::Add(UserAddArgs { name, role, team, no_password, .. }) => {
            if accounts.list().await?.iter().any(|user| user.name == name) {
                bail!("there is a user `{name}` already; `hark user password` changes the password");
            }
            if let Some(team) = team.as_ref().filter(|team| config.teams.iter().all(|known| known.name != **team)) {
                bail!("there is no [[team]] named `{team}` in hark.toml");
            }
            let password = if no_password { None } else { Some(new_password()?) };
            accounts.set(&name, role, team, password).await?;
            println!("{name} may log in as {role}");
        }
        UserTask::Password { name, .. } => {
            let user = accounts.list().await?.into_iter().find(|user| user.name == name);
            let user = user.with_context(|| format!("there is no user `{name}`"))?;
            accounts.set(&name, user.role, user.team, Some(new_password()?)).await?;
            println!("{name} has a new password; all sessions of theirs are over");
        }
        UserTask::Remove { name, .. } => {
            accounts.remove(&name).await?;
            println!("{name} may not log in any more");
        }
    }
    Ok(())
}

async fn list(accounts: &Accounts) -> Result<()> {
    let users = accounts.list().await?;
    if users.is_empty() {
        println!("there are no users: on a loopback address nobody needs to log in");
    }
    for user in users {
        let team = user.team.map(|team| format!(", team {team}")).unwrap_or_default();
        let how = if user.has_password { "password" } else { "single sign-on only" };
        let place = if user.configured { ", in hark.toml" } else { "" };
        println!("{}  {}{team} ({how}{place})", user.name, user.role);
    }
    Ok(())
}

/// Asks for a password twice on a terminal, or reads a line from standard input.
fn new_password() -> Result<String> {
    let password = if std::io::stdin().is_terminal() {
        let terminal = console::Term::stderr();
        terminal.write_str("Password: ")?;
        let password = terminal.read_secure_line()?;
        terminal.write_str("Once more: ")?;
        if terminal.read_secure_line()? != password {
            bail!("the two are not the same");
        }
        password
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    };
    hark_dashboards::check_password(&password).map_err(|rule| anyhow::anyhow!("the password {rule}"))?;
    Ok(password)
}
