//! Stages as processes of their own, on servers that others started.

use std::process::Command;

use serde_json::Value;

use crate::hark::{Hark, Running};

/// The stages of a cluster share a configuration and nothing else.
pub struct Cluster {
    /// Where they run.
    pub hark: Hark,
    secrets: Vec<(&'static str, String)>,
}

impl Cluster {
    /// A cluster on the Kafka at `brokers` and the ClickHouse at `url`, with the users that `engines` tells of.
    ///
    /// # Panics
    ///
    /// When `engines` tells of none.
    pub fn new(program: &str, brokers: &str, url: &str, engines: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("the note has texts").to_owned();
        let hark = Hark::new(program);
        let config = format!(
            "[kafka]\nbrokers = \"{brokers}\"\npartitions = 6\n[clickhouse]\nurl = \"{url}\"\nuser = \"{}\"\n\
             password = \"${{env:WRITER}}\"\nanalyst_password = \"${{env:READER}}\"\n[sink]\nbatch_rows = 500\n",
            text(&engines["admin"]["user"]),
        );
        hark.file("hark.toml", config);
        let secrets =
            vec![("WRITER", text(&engines["admin"]["password"])), ("READER", text(&engines["analyst"]["password"]))];
        Self { hark, secrets }
    }

    /// The command with these arguments and the passwords, ready to be spawned.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.hark.command(arguments);
        command.envs(self.secrets.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a stage and returns when it works.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn stage(&self, name: &str) -> Running {
        self.hark.start(&mut self.command(&[name]), "working")
    }

    /// What the command with these arguments prints, without the line feed at its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> String {
        let answer = self.command(arguments).output().expect("hark starts");
        String::from_utf8_lossy(&answer.stdout).trim_end().to_owned()
    }

    /// The answer of `hark sql`; empty when it fails.
    ///
    /// # Panics
    ///
    /// When the command cannot be started.
    pub fn sql(&self, query: &str) -> String {
        self.run(&["sql", query])
    }
}
