//! Starting, stopping, and what happens when something is missing, taken or killed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use hark_embedded_clickhouse::{Error, Health, Options, start};

use crate::support::{Running, child_of, kill_9, options, until};

#[tokio::test]
async fn a_taken_port_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = start(Options { listen: address, ..options(directory.path()) }).await.err().unwrap();
    assert!(matches!(&error, Error::Listen { address: named, .. } if *named == address));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_missing_or_wrong_library_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    let library = directory.path().join("libchdb.so");
    std::fs::write(&library, "not a library").unwrap();
    let error =
        start(Options { library: Some(library), ..options(&directory.path().join("data")) }).await.err().unwrap();
    assert!(
        matches!(&error, Error::Start { reason, .. } if reason.contains("cannot load the engine library")),
        "{error}"
    );
}

#[tokio::test]
async fn one_directory_serves_one_engine() {
    let running = Running::start().await;
    let error = start(options(running.directory.path())).await.err().unwrap();
    assert!(error.to_string().contains("already running"), "{error}");
    running.engine.shutdown().await;
}

#[tokio::test]
async fn data_and_passwords_last() {
    let running = Running::start().await;
    running
        .run("CREATE TABLE hark.t (n UInt64, s String, INDEX i s TYPE text(tokenizer = 'splitByNonAlpha')) ENGINE = MergeTree ORDER BY n")
        .await;
    running.run("INSERT INTO hark.t SELECT number, 'word' || toString(number) FROM numbers(1000)").await;
    let (admin, directory) = (running.engine.admin(), running.directory);
    running.engine.shutdown().await;
    assert!(child_of(directory.path()).is_none(), "the process is still there");
    let engine = start(options(directory.path())).await.unwrap();
    assert_eq!(engine.admin().password, admin.password);
    let again = Running { engine, directory };
    assert_eq!(again.run("SELECT count() FROM hark.t WHERE hasToken(s, 'word7')").await, "1");
    again.engine.shutdown().await;
}

#[tokio::test]
async fn passwords_are_nowhere_to_be_seen() {
    let running = Running::start().await;
    let process = Path::new("/proc").join(child_of(running.directory.path()).unwrap().to_string());
    let users = [running.engine.admin(), running.engine.analyst()];
    for file in ["cmdline", "environ"] {
        let seen = String::from_utf8_lossy(&std::fs::read(process.join(file)).unwrap()).into_owned();
        assert!(users.iter().all(|user| !seen.contains(&user.password)));
    }
    let shown = format!("{users:?}");
    assert!(users.iter().all(|user| !shown.contains(&user.password)));
    running.engine.shutdown().await;
}

#[tokio::test]
async fn the_engine_is_confined() {
    let running = Running::start().await;
    let log = std::fs::read_to_string(running.directory.path().join("engine.log")).unwrap();
    if !landlock_is_there() {
        eprintln!("SKIPPED: this kernel has no landlock: {log}");
        return;
    }
    let admin = running.engine.admin();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "987654321").unwrap();
    let file = outside.path().join("secret");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    for sql in [
        format!("SELECT file('{}')", file.display()),
        format!("SELECT file('{}')", running.directory.path().join("users.json").display()),
        "SELECT file('../users.json')".to_owned(),
        format!("SELECT * FROM file('{}', 'LineAsString', 'x String')", file.display()),
        format!(
            "INSERT INTO FUNCTION file('{}', 'CSV', 'x String') VALUES ('a')",
            outside.path().join("new").display()
        ),
        format!("SELECT * FROM url('http://{}/', 'LineAsString', 'x String')", server.local_addr().unwrap()),
    ] {
        let (status, body) = running.send_with(&admin, &sql, &[("http_max_tries", "1")]).await;
        let secrets = ["987654321", admin.password.as_str()];
        assert!(status != 200 && secrets.iter().all(|secret| !body.contains(secret)), "{sql}: {body}");
    }
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "the engine opened a connection");
    assert!(!outside.path().join("new").exists());
    running.engine.shutdown().await;
}

fn landlock_is_there() -> bool {
    use landlock::{ABI, Access, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr};
    let hard = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    hard.handle_access(AccessNet::from_all(ABI::V4)).and_then(|ruleset| ruleset.create()).is_ok()
}

#[tokio::test]
async fn a_child_that_cannot_live_is_given_up() {
    let running = Running::start().await;
    let mut health = running.engine.health();
    let killer = async {
        loop {
            if let Some(pid) = child_of(running.directory.path()) {
                kill_9(pid);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let given_up = health.wait_for(|health| matches!(health, Health::Failed { .. }));
    tokio::select! {
        () = killer => {}
        given_up = given_up => assert!(given_up.is_ok()),
    }
    let refused = std::net::TcpStream::connect(running.engine.address());
    assert!(refused.is_err(), "nobody must wait for an engine that was given up");
    running.engine.shutdown().await;
}

/// Run by the next test in a process of its own, to be killed.
#[tokio::test]
#[ignore = "only as a process of its own"]
async fn parent_to_be_killed() {
    let directory = std::env::var("HARK_TEST_DIRECTORY").unwrap();
    let _engine = start(options(Path::new(&directory))).await.unwrap();
    println!("\nready");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_child_goes_when_its_parent_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["lifecycle::parent_to_be_killed", "--exact", "--ignored", "--nocapture"])
        .env("HARK_TEST_DIRECTORY", directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "ready"));
    let child = child_of(directory.path()).unwrap();
    kill_9(parent.id());
    parent.wait().unwrap();
    until("the child to go", async || (!Path::new(&format!("/proc/{child}")).exists()).then_some(())).await;
}
