//! What a host and its Kafka clients notice of the embedded broker, seen through `rdkafka`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod clients;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hark_embedded_kafka::{Broker, Error, Options, Reader, start};
use rdkafka::Offset;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::{Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureRecord, Producer};
use tempfile::tempdir;

use clients::{create_topic, group_consumer, on_blocking_thread, producer, read_all, send, wait_until};

async fn broker_in(directory: &Path) -> Broker {
    start(options(directory)).await.unwrap()
}

fn options(directory: &Path) -> Options {
    Options { maintenance_interval: Duration::from_millis(300), ..Options::new(directory) }
}

#[tokio::test]
async fn records_come_back_as_they_were_sent_after_a_restart() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    let address = broker.address();
    create_topic(&address, "t", 1, &[]).await;
    for codec in ["none", "lz4", "zstd"] {
        let producer = producer(&address, &[("compression.type", codec)]);
        let headers = OwnedHeaders::new().insert(rdkafka::message::Header { key: "codec", value: Some(codec) });
        let text = format!("sent with {codec} ").repeat(20);
        let record = FutureRecord::to("t").key(codec).payload(&text).timestamp(1_700_000_000_123).headers(headers);
        send(&producer, record).await;
        send(&producer, FutureRecord::<str, str>::to("t").key(codec)).await;
    }
    broker.shutdown().await;

    let broker = broker_in(directory.path()).await;
    assert_eq!(address, broker.address(), "clients find the broker where it was");
    let records = read_all(&address, "t", 6).await;
    for (codec, pair) in ["none", "lz4", "zstd"].iter().zip(records.chunks(2)) {
        let [full, tombstone] = pair else { panic!("an odd number of records") };
        assert_eq!(Some(codec.as_bytes()), full.key());
        assert_eq!(Some(format!("sent with {codec} ").repeat(20).as_bytes()), full.payload());
        assert_eq!(Some(1_700_000_000_123), full.timestamp().to_millis());
        let header = full.headers().unwrap().get(0);
        assert_eq!(("codec", Some(codec.as_bytes())), (header.key, header.value));
        assert_eq!((Some(codec.as_bytes()), None), (tombstone.key(), tombstone.payload()));
    }
    assert_eq!(vec![0, 1, 2, 3, 4, 5], records.iter().map(Message::offset).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_group_goes_on_after_a_restart_where_it_committed() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    create_topic(&broker.address(), "t", 1, &[]).await;
    let numbers = producer(&broker.address(), &[]);
    for number in 0..10 {
        send(&numbers, FutureRecord::to("t").key("k").payload(&number.to_string())).await;
    }
    let consumer = group_consumer(&broker.address(), "group", "t");
    on_blocking_thread(move || {
        for _ in 0..4 {
            let record = clients::next(&consumer);
            consumer.commit_message(&record, CommitMode::Sync).unwrap();
        }
    })
    .await;
    broker.shutdown().await;

    let broker = broker_in(directory.path()).await;
    let consumer = group_consumer(&broker.address(), "group", "t");
    let first = on_blocking_thread(move || clients::next(&consumer).detach()).await;
    assert_eq!((4, Some(&b"4"[..])), (first.offset(), first.payload()));
}

#[tokio::test]
async fn members_that_could_not_leave_hold_no_partitions_after_a_restart() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    create_topic(&broker.address(), "t", 4, &[]).await;
    let first = producer(&broker.address(), &[]);
    for key in 0..40 {
        send(&first, FutureRecord::to("t").key(&key.to_string()).payload("v")).await;
    }
    let address = broker.address();
    let member = on_blocking_thread(move || {
        let member = group_consumer(&address, "g", "t");
        clients::next(&member);
        member
    })
    .await;
    broker.shutdown().await;
    on_blocking_thread(move || drop(member)).await;

    let broker = broker_in(directory.path()).await;
    let address = broker.address();
    let keys = on_blocking_thread(move || {
        let member = group_consumer(&address, "g", "t");
        (0..40).map(|_| text(clients::next(&member).key())).collect::<BTreeSet<_>>()
    })
    .await;
    assert_eq!(40, keys.len(), "the new member reads all partitions");
}

#[tokio::test]
async fn what_was_acknowledged_before_kill_9_is_there_once() {
    let directory = tempdir().unwrap();
    let mut process = BrokerProcess::start(directory.path());
    create_topic(&process.address, "t", 4, &[]).await;
    let producer = producer(&process.address, &[("compression.type", "lz4"), ("linger.ms", "5")]);
    let stop = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..200)
        .map(|lane| {
            let (producer, stop, acknowledged) = (producer.clone(), stop.clone(), acknowledged.clone());
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("{lane}-{number}");
                    send(&producer, FutureRecord::to("t").key(&id).payload(&"x".repeat(600))).await;
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    sent.push(id);
                }
                sent
            })
        })
        .collect();
    for kill in 1..=3 {
        let before = acknowledged.load(Ordering::Relaxed);
        wait_until("records flow", async || acknowledged.load(Ordering::Relaxed) > before + 2_000).await;
        let address = process.address.clone();
        drop(process);
        process = BrokerProcess::start(directory.path());
        assert_eq!(address, process.address, "kill {kill}");
    }
    let before = acknowledged.load(Ordering::Relaxed);
    wait_until("records flow again", async || acknowledged.load(Ordering::Relaxed) > before + 2_000).await;
    stop.store(true, Ordering::Relaxed);
    let mut sent = BTreeSet::new();
    for lane in load {
        sent.extend(lane.await.unwrap());
    }
    producer.flush(Duration::from_secs(30)).unwrap();

    let records = read_all(&process.address, "t", sent.len()).await;
    let ids: BTreeSet<_> = records.iter().map(|record| String::from_utf8_lossy(record.key().unwrap()).into()).collect();
    assert_eq!(sent, ids);
    assert_eq!(ids.len(), records.len(), "an idempotent producer stores nothing twice");
}

#[tokio::test]
async fn a_second_broker_on_the_same_directory_is_refused() {
    let directory = tempdir().unwrap();
    let process = BrokerProcess::start(directory.path());
    let error = start(options(directory.path())).await.err().unwrap();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");

    drop(process);
    let broker = broker_in(directory.path()).await;
    assert!(matches!(start(options(directory.path())).await, Err(Error::InUse { .. })));
    broker.shutdown().await;
    broker_in(directory.path()).await.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_with_the_address_unless_any_port_will_do() {
    let directory = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = start(Options { listen, ..options(directory.path()) }).await.err().unwrap();
    assert!(matches!(error, Error::AddressInUse { address } if address == listen), "{error}");
    assert!(error.to_string().contains(&listen.to_string()), "{error}");

    let broker = broker_in(directory.path()).await;
    let first: SocketAddr = broker.address().parse().unwrap();
    broker.shutdown().await;
    let _taken = TcpListener::bind(first).unwrap();
    assert_ne!(first.to_string(), broker_in(directory.path()).await.address());
}

#[tokio::test]
async fn the_end_of_the_broker_is_noticed() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    let died = broker.died();
    broker.shutdown().await;
    assert!(matches!(died.await, Error::Failed { .. }));
}

#[tokio::test]
async fn a_directory_may_have_any_name() {
    let directory = tempdir().unwrap();
    let directory = directory.path().join("Mijn gegevens 100% #1? データ");
    let broker = broker_in(&directory).await;
    create_topic(&broker.address(), "t", 1, &[]).await;
    send(&producer(&broker.address(), &[]), FutureRecord::to("t").key("k").payload("v")).await;
    broker.shutdown().await;
    let broker = broker_in(&directory).await;
    assert_eq!(1, read_all(&broker.address(), "t", 1).await.len());
}

#[tokio::test]
async fn a_topic_made_again_begins_empty_and_the_old_records_leave_the_disk() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    let address = broker.address();
    let producer = producer(&address, &[]);
    for round in 0..3 {
        create_topic(&address, "t", 1, &[]).await;
        for _ in 0..20 {
            send(&producer, FutureRecord::to("t").key("k").payload(&"x".repeat(100_000))).await;
        }
        let records = read_all(&address, "t", 20).await;
        assert_eq!((20, 0), (records.len(), records[0].offset()), "round {round}");
        clients::delete_topic(&address, "t").await;
    }
    let topics = directory.path().join("topics");
    wait_until("the records are gone from the disk", async || size_of(&topics) == 0).await;
}

#[tokio::test]
async fn a_time_leads_to_its_offset() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    create_topic(&broker.address(), "t", 1, &[("retention.ms", "-1")]).await;
    let producer = producer(&broker.address(), &[("compression.type", "lz4"), ("linger.ms", "200")]);
    let records = (0..100).map(|number| {
        let (producer, number) = (&producer, i64::from(number));
        async move { send(producer, FutureRecord::to("t").key("k").payload("v").timestamp(1000 + 10 * number)).await }
    });
    futures::future::join_all(records).await;
    let at = async |time| clients::offset_of_time(&broker.address(), "t", time).await;
    assert_eq!(Offset::Offset(0), at(1).await);
    assert_eq!(Offset::Offset(50), at(1500).await);
    assert_eq!(Offset::Offset(51), at(1501).await);
    assert_eq!(Offset::End, at(5000).await);
}

#[tokio::test]
async fn a_record_larger_than_a_fetch_does_not_block_the_partition() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    create_topic(&broker.address(), "t", 1, &[]).await;
    let producer = producer(&broker.address(), &[("message.max.bytes", "3000000")]);
    for size in [10, 2_500_000, 10] {
        send(&producer, FutureRecord::to("t").key("k").payload(&"x".repeat(size))).await;
    }
    let sizes: Vec<_> =
        read_all(&broker.address(), "t", 3).await.iter().map(|record| record.payload().unwrap().len()).collect();
    assert_eq!(vec![10, 2_500_000, 10], sizes);
}

#[tokio::test]
async fn what_is_not_offered_is_refused_and_does_no_harm() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    create_topic(&broker.address(), "t", 1, &[]).await;
    let producer = producer(&broker.address(), &[]);
    send(&producer, FutureRecord::to("t").key("k").payload("v")).await;
    assert!(clients::delete_records(&broker.address(), "t", 1).await.is_err());
    send(&producer, FutureRecord::to("t").key("k").payload("v")).await;
    assert_eq!(2, read_all(&broker.address(), "t", 2).await.len());
}

#[tokio::test]
async fn retention_removes_old_records_and_the_directory_stops_growing() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    let address = broker.address();
    create_topic(&address, "t", 1, &[("cleanup.policy", "delete"), ("retention.ms", "1000")]).await;
    let producer = producer(&address, &[]);
    let payload = "x".repeat(10_000);
    let mut sizes = Vec::new();
    for _ in 0..6 {
        for _ in 0..300 {
            send(&producer, FutureRecord::to("t").key("k").payload(&payload)).await;
        }
        let end = clients::watermarks(&address, "t").await.1;
        wait_until("old records are gone", async || clients::watermarks(&address, "t").await.0 >= end).await;
        sizes.push(size_of(directory.path()));
    }
    let most = sizes[2..].iter().max().unwrap();
    assert!(*most < 3 * sizes[1], "the directory grew with every round: {sizes:?}");
    send(&producer, FutureRecord::to("t").key("k").payload("new")).await;
    let records = read_all(&address, "t", 1).await;
    assert_eq!((1800, Some(&b"new"[..])), (records[0].offset(), records[0].payload()), "offsets go on");
}

#[tokio::test]
async fn records_go_once_their_reader_has_committed_them_and_not_before() {
    let directory = tempdir().unwrap();
    let reader = Reader { topic: "t".into(), group: "g".into(), keep: Duration::from_millis(1) };
    let broker = start(Options { readers: vec![reader], ..options(directory.path()) }).await.unwrap();
    let address = broker.address();
    // Their age alone would remove them at once.
    for topic in ["t", "other"] {
        create_topic(&address, topic, 1, &[("cleanup.policy", "delete"), ("retention.ms", "1")]).await;
    }
    let producer = producer(&address, &[]);
    for topic in ["t", "other"] {
        send(&producer, FutureRecord::to(topic).key("k").payload("v")).await;
    }
    wait_until("records without a reader are gone", async || clients::watermarks(&address, "other").await.0 == 1).await;
    assert_eq!((0, 1), clients::watermarks(&address, "t").await, "not read yet");
    on_blocking_thread({
        let address = address.clone();
        move || {
            let consumer = group_consumer(&address, "g", "t");
            consumer.commit_message(&clients::next(&consumer), CommitMode::Sync).unwrap();
        }
    })
    .await;
    wait_until("records that were read are gone", async || clients::watermarks(&address, "t").await.0 == 1).await;
}

#[tokio::test]
async fn compaction_keeps_the_last_value_of_every_key() {
    let directory = tempdir().unwrap();
    let broker = broker_in(directory.path()).await;
    let address = broker.address();
    create_topic(&address, "t", 1, &[("cleanup.policy", "compact")]).await;
    let producer = producer(&address, &[("compression.type", "lz4")]);
    for round in 0..20 {
        for key in ["a", "b", "c"] {
            send(&producer, FutureRecord::to("t").key(key).payload(&format!("{key}{round}"))).await;
        }
    }
    let left = async || read_all(&address, "t", 3).await;
    wait_until("old values are gone", async || left().await.len() < 10).await;
    let newest: BTreeMap<_, _> =
        left().await.iter().map(|record| (text(record.key()), text(record.payload()))).collect();
    let expected = ["a", "b", "c"].map(|key| (key.to_owned(), format!("{key}19")));
    assert_eq!(BTreeMap::from(expected), newest);
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

fn size_of(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().flatten();
    entries.map(|entry| if entry.path().is_dir() { size_of(&entry.path()) } else { size_of_file(&entry.path()) }).sum()
}

/// Zero when the broker has removed the file in the meantime.
fn size_of_file(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// A broker in a process of its own, so that it can be killed. Dropping it is `kill -9`.
struct BrokerProcess {
    child: Child,
    address: String,
}

impl BrokerProcess {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "broker_process", "--ignored", "--nocapture"])
            .env("HARK_KAFKA_DIRECTORY", directory)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("ADDRESS ").map(str::to_owned));
        Self { child, address: address.unwrap() }
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
#[ignore = "the body of BrokerProcess"]
async fn broker_process() {
    let directory = std::env::var_os("HARK_KAFKA_DIRECTORY").unwrap();
    let broker = broker_in(Path::new(&directory)).await;
    println!("\nADDRESS {}", broker.address());
    panic!("{}", broker.died().await);
}
