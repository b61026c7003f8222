//! The `hark` command as a user runs it, on a data folder of its own.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for something that ought to happen soon.
const PATIENCE: Duration = Duration::from_secs(120);

/// The command, with an empty data folder that goes when this is dropped.
pub struct Hark {
    program: PathBuf,
    folder: TempDir,
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A running command that says when it is ready. Dropping it kills it.
pub struct Running {
    child: Child,
    said: JoinHandle<String>,
    /// Where its dashboards are.
    pub page: String,
}

impl Hark {
    /// `program` is the path of the command: `env!("CARGO_BIN_EXE_hark")`.
    ///
    /// # Panics
    ///
    /// When no folder can be made.
    pub fn new(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { program: program.into(), folder }
    }

    /// The folder that commands run in; `hark.toml` here is read, and `hark-data` holds the embedded engines.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder and gives its path.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, content).expect("a file in the temporary folder");
        path
    }

    /// The command with these arguments, ready to be spawned.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        if let Some(library) = engine_library() {
            command.env("HARK_CHDB_LIB", library);
        }
        command
    }

    /// Runs the command to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).output().expect("hark starts").into()
    }

    /// Runs the command with `input` on its standard input.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn run_with_input<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Finished {
        let piped = || Stdio::piped();
        let mut child =
            self.command(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().expect("hark starts");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let input = input.to_vec();
        // A command that refuses its input closes it early; its answer is what counts.
        let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("hark ends");
        writing.join().expect("writing does not panic");
        output.into()
    }

    /// Runs the command and insists that it succeeds; gives what it printed.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn must<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let finished = self.run(arguments);
        assert!(finished.status.success(), "{finished:#?}");
        finished.out
    }

    /// The answer of `hark sql`, without the line feed at its end.
    ///
    /// # Panics
    ///
    /// When the query fails.
    pub fn sql(&self, query: &str) -> String {
        self.must(["sql", query]).trim_end().to_owned()
    }

    /// Starts `hark up` on a free port and returns when it says that it is up.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn up<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        let mut command = self.command(["up", "--listen", "127.0.0.1:0"]);
        self.start(command.args(arguments), "Dashboards")
    }

    /// Starts a command and returns when a line of its standard error holds `ready`; the last word of that line is
    /// its address.
    ///
    /// # Panics
    ///
    /// When it ends before.
    pub fn start(&self, command: &mut Command, ready: &str) -> Running {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("hark starts");
        let stderr = child.stderr.take().expect("standard error is piped");
        let (page, said) = read_until(stderr, ready);
        match page.recv_timeout(PATIENCE) {
            Ok(page) => Running { child, said, page },
            Err(_) => {
                drop(child.kill());
                panic!("hark did not come up: {}", said.join().unwrap_or_default());
            }
        }
    }

    /// Starts a command that is to end by itself, and gives how it did.
    ///
    /// # Panics
    ///
    /// When it does not end within two minutes.
    pub fn until_it_ends(&self, command: &mut Command) -> ExitStatus {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hark starts");
        let mut status = None;
        wait_until("the command ends by itself", || {
            status = child.try_wait().expect("the process can be asked");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// What the running engines told of themselves: addresses and users.
    ///
    /// # Panics
    ///
    /// When no engines run.
    pub fn engines(&self) -> Value {
        let note = std::fs::read(self.folder().join("hark-data/running.json")).expect("the engines run");
        serde_json::from_slice(&note).expect("the note is JSON")
    }

    /// Address of the running Kafka.
    ///
    /// # Panics
    ///
    /// When no engines run.
    pub fn brokers(&self) -> String {
        self.engines()["kafka"].as_str().expect("the note has texts").to_owned()
    }
}

impl Hark {
    /// Runs a statement as the user that writes, on the running engines.
    ///
    /// # Panics
    ///
    /// When the database refuses.
    pub async fn admin(&self, statement: &str) {
        let engines = self.engines();
        let text = |value: &Value| value.as_str().expect("the note has texts").to_owned();
        let client = clickhouse::Client::default()
            .with_url(text(&engines["clickhouse"]))
            .with_user(text(&engines["admin"]["user"]))
            .with_password(text(&engines["admin"]["password"]))
            .with_database("hark")
            .with_setting("mutations_sync", "1");
        client.query(statement).execute().await.expect("the statement runs");
    }
}

/// The process that `parent` started: of `hark up`, the one that holds the ClickHouse engine.
pub fn child_of(parent: u32) -> Option<u32> {
    // A child belongs to the thread that started it, which need not be the first.
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    let children = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).ok();
    tasks.flatten().filter_map(children).find_map(|pids| pids.split_whitespace().next()?.parse().ok())
}

/// Reads all lines; sends the last word of the first line that holds `ready`.
fn read_until(stderr: ChildStderr, ready: &str) -> (std::sync::mpsc::Receiver<String>, JoinHandle<String>) {
    let (found, address) = std::sync::mpsc::channel();
    let ready = ready.to_owned();
    let said = std::thread::spawn(move || {
        let mut all = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if line.contains(&ready) {
                let word = line.split_whitespace().last().unwrap_or_default().to_owned();
                drop(found.send(word));
            }
            all.push_str(&line);
            all.push('\n');
        }
        all
    });
    (address, said)
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as Ctrl-C does, and waits; gives how it ended and what it said.
    ///
    /// # Panics
    ///
    /// When it does not stop.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
        assert!(sent.success(), "the process is gone already");
        let status = self.child.wait().expect("hark ends");
        let said = std::mem::replace(&mut self.said, std::thread::spawn(String::new));
        (status, said.join().unwrap_or_default())
    }

    /// Whether it has ended already.
    ///
    /// # Panics
    ///
    /// When the process cannot be asked.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the process can be asked").is_some()
    }

    /// What it said on standard error until it ended.
    ///
    /// # Panics
    ///
    /// When it runs still after two minutes.
    pub fn last_words(mut self) -> String {
        wait_until("the process ends", || self.has_ended());
        let said = std::mem::replace(&mut self.said, std::thread::spawn(String::new));
        said.join().unwrap_or_default()
    }

    /// Kills it at once, as a power cut would.
    ///
    /// # Panics
    ///
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// The answer of the dashboards to `GET path`, as JSON.
    ///
    /// # Panics
    ///
    /// When there is no such answer.
    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.page);
        let answer = reqwest::get(&url).await.expect("the dashboards answer");
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        answer.json().await.expect("the answer is JSON")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Waits until `holds` does.
///
/// # Panics
///
/// When it does not within two minutes; `what` says what was waited for.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// Waits until `value` gives `expected`.
///
/// # Panics
///
/// When it does not within two minutes; with the value that it gave last.
pub fn wait_for<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, mut value: impl FnMut() -> T) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = value();
        if now == *expected {
            return;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}: {now:?} instead of {expected:?}");
        std::thread::yield_now();
    }
}

/// The engine in this source tree, for commands that run in another folder.
fn engine_library() -> Option<PathBuf> {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("embedded/clickhouse/npm/node_modules");
    let library = modules.join("@chdb/lib-linux-x64-gnu/libchdb.so");
    (std::env::var_os("HARK_CHDB_LIB").is_none() && library.is_file()).then_some(library)
}
