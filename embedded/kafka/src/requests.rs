//! Answers the requests that are about records: produce, fetch, list offsets, delete topics.
//!
//! One rule: a fetch waits for news, not for time, so a record reaches a waiting consumer at once.

use std::sync::Arc;
use std::time::Duration;

use futures::future::select_all;
use rama::{Context, Service};
use tansu_broker::Error;
use tansu_sans_io::fetch_request::FetchTopic;
use tansu_sans_io::fetch_response::{FetchableTopicResponse, PartitionData};
use tansu_sans_io::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use tansu_sans_io::produce_request::PartitionProduceData;
use tansu_sans_io::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use tansu_sans_io::record::deflated;
use tansu_sans_io::{
    ApiKey, Body, DeleteTopicsRequest, ErrorCode, FetchRequest, FetchResponse, Frame, Header, ListOffsetsRequest,
    ListOffsetsResponse, ProduceRequest, ProduceResponse,
};
use tansu_storage::{DeleteTopicsService, TopicId};
use tokio::time::{Instant, timeout_at};

use crate::log::Log;
use crate::topics::{Topic, Topics, now};

/// Most bytes of records in one answer, whatever the client asks for; one batch may be larger.
const MAX_FETCH_BYTES: u64 = 16 * 1024 * 1024;

/// Special timestamps of `ListOffsets`.
/// Source: <https://kafka.apache.org/protocol#The_Messages_ListOffsets>, read 2026-11-22.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

/// Answers requests about records.
#[derive(Clone)]
pub(crate) struct RecordRequests(pub(crate) Arc<Topics>);

impl RecordRequests {
    /// The requests it answers.
    pub(crate) const KEYS: [i16; 4] =
        [ProduceRequest::KEY, FetchRequest::KEY, ListOffsetsRequest::KEY, DeleteTopicsRequest::KEY];

    async fn produce(&self, request: ProduceRequest) -> Result<ProduceResponse, Error> {
        let mut responses = Vec::new();
        for data in request.topic_data.unwrap_or_default() {
            let topic = self.0.find(&TopicId::Name(data.name.clone())).await?;
            let stored = data.partition_data.unwrap_or_default().into_iter().map(|data| {
                let (partition, log) = (data.index, topic.as_ref().and_then(|topic| topic.log(data.index)));
                stored(partition, log.ok_or(ErrorCode::UnknownTopicOrPartition).and_then(|log| append(log, data)))
            });
            let stored = stored.collect();
            if let Some(topic) = topic {
                topic.announce();
            }
            responses.push(TopicProduceResponse::default().name(data.name).partition_responses(Some(stored)));
        }
        Ok(ProduceResponse::default().responses(Some(responses)).throttle_time_ms(Some(0)))
    }

    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, Error> {
        let deadline = Instant::now() + Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
        let limit = request.max_bytes.and_then(|limit| u64::try_from(limit).ok());
        let limit = limit.map_or(MAX_FETCH_BYTES, |limit| limit.min(MAX_FETCH_BYTES));
        let enough = u64::try_from(request.min_bytes).unwrap_or_default().min(limit);
        let mut wanted = Vec::new();
        for fetch in request.topics.unwrap_or_default() {
            wanted.push((self.0.find(&TopicId::from(&fetch)).await?, fetch));
        }
        let mut news: Vec<_> = wanted.iter().filter_map(|(topic, _)| Some(topic.as_ref()?.news())).collect();
        let responses = loop {
            for news in &mut news {
                news.mark_unchanged();
            }
            let mut fetched = Fetched { left: limit, ..Fetched::default() };
            let responses: Vec<_> =
                wanted.iter().map(|(topic, fetch)| fetched.topic(topic.as_deref(), fetch)).collect();
            if fetched.failed || fetched.bytes >= enough || news.is_empty() {
                break responses;
            }
            let changed = select_all(news.iter_mut().map(|news| Box::pin(news.changed())));
            if timeout_at(deadline, changed).await.is_err() {
                break responses;
            }
        };
        Ok(FetchResponse::default()
            .throttle_time_ms(Some(0))
            .error_code(Some(ErrorCode::None.into()))
            .session_id(Some(0))
            .node_endpoints(Some([].into()))
            .responses(Some(responses)))
    }

    async fn list_offsets(&self, request: ListOffsetsRequest) -> Result<ListOffsetsResponse, Error> {
        let mut responses = Vec::new();
        for wanted in request.topics.unwrap_or_default() {
            let topic = self.0.find(&TopicId::Name(wanted.name.clone())).await?;
            let found = wanted.partitions.unwrap_or_default().into_iter().map(|partition| {
                let log = topic.as_ref().and_then(|topic| topic.log(partition.partition_index));
                let found =
                    log.ok_or(ErrorCode::UnknownTopicOrPartition).and_then(|log| offset_at(log, partition.timestamp));
                let error = found.err().unwrap_or(ErrorCode::None);
                let (offset, timestamp) = found.unwrap_or((-1, -1));
                ListOffsetsPartitionResponse::default()
                    .partition_index(partition.partition_index)
                    .error_code(error.into())
                    .old_style_offsets(Some([offset].into()))
                    .offset(Some(offset))
                    .timestamp(Some(timestamp))
                    .leader_epoch(Some(0))
            });
            let found = Some(found.collect());
            responses.push(ListOffsetsTopicResponse::default().name(wanted.name).partitions(found));
        }
        Ok(ListOffsetsResponse::default().throttle_time_ms(Some(0)).topics(Some(responses)))
    }

    async fn answer(&self, body: Body) -> Result<Body, Error> {
        match body {
            Body::ProduceRequest(request) => self.produce(request).await.map(Body::from),
            Body::FetchRequest(request) => self.fetch(request).await.map(Body::from),
            Body::ListOffsetsRequest(request) => self.list_offsets(request).await.map(Body::from),
            Body::DeleteTopicsRequest(request) => {
                let context = Context::with_state(self.0.storage.clone());
                let deleted = DeleteTopicsService.serve(context, request).await?;
                self.0.forget_names();
                Ok(deleted.into())
            }
            other => Err(Error::Message(format!("not a request about records: {other:?}"))),
        }
    }
}

impl Service<(), Frame> for RecordRequests {
    type Response = Frame;
    type Error = Error;

    async fn serve(&self, _context: Context<()>, request: Frame) -> Result<Frame, Error> {
        let correlation_id = request.correlation_id()?;
        let body = self.answer(request.body).await?;
        Ok(Frame { size: 0, header: Header::Response { correlation_id }, body })
    }
}

fn append(log: &Log, data: PartitionProduceData) -> Result<i64, ErrorCode> {
    let mut first = None;
    for batch in data.records.map(|records| records.batches).unwrap_or_default() {
        if batch.is_transactional() || batch.is_control() {
            return Err(ErrorCode::InvalidTxnState);
        }
        first = first.or(Some(log.append(batch, now())?));
    }
    first.ok_or(ErrorCode::InvalidRecord)
}

fn stored(partition: i32, offset: Result<i64, ErrorCode>) -> PartitionProduceResponse {
    PartitionProduceResponse::default()
        .index(partition)
        .error_code(offset.err().unwrap_or(ErrorCode::None).into())
        .base_offset(offset.unwrap_or(-1))
        .log_append_time_ms(Some(-1))
        .log_start_offset(Some(-1))
        .record_errors(Some([].into()))
}

fn offset_at(log: &Log, timestamp: i64) -> Result<(i64, i64), ErrorCode> {
    match timestamp {
        LATEST => Ok((log.offsets().1, -1)),
        EARLIEST => Ok((log.offsets().0, -1)),
        0.. => Ok(log.offset_of_time(timestamp)?.unwrap_or((-1, -1))),
        _ => Err(ErrorCode::UnsupportedVersion),
    }
}

/// One look at everything that a fetch asks for.
#[derive(Default)]
struct Fetched {
    bytes: u64,
    left: u64,
    failed: bool,
}

impl Fetched {
    fn topic(&mut self, topic: Option<&Topic>, fetch: &FetchTopic) -> FetchableTopicResponse {
        let partitions = fetch.partitions.iter().flatten().map(|wanted| {
            let limit = u64::try_from(wanted.partition_max_bytes).unwrap_or_default().min(self.left);
            match topic.and_then(|topic| topic.log(wanted.partition)) {
                Some(log) => self.partition(log, wanted.partition, wanted.fetch_offset, limit),
                None => self.fail(wanted.partition, (-1, -1), ErrorCode::UnknownTopicOrPartition),
            }
        });
        let partitions = partitions.collect();
        let id = topic.map(|topic| topic.id.into_bytes()).or(fetch.topic_id);
        FetchableTopicResponse::default().topic(fetch.topic.clone()).topic_id(id).partitions(Some(partitions))
    }

    /// Once the answer is full, the partitions that are left get nothing this time; the client asks for them first
    /// the next time.
    fn partition(&mut self, log: &Log, partition: i32, offset: i64, limit: u64) -> PartitionData {
        let read = if self.left == 0 { Ok(Vec::new()) } else { log.read(offset, limit) };
        match read {
            Ok(batches) => {
                let bytes: usize = batches.iter().map(|batch| batch.record_data.len()).sum();
                self.bytes += bytes as u64;
                self.left = self.left.saturating_sub(bytes as u64);
                let records = (!batches.is_empty()).then_some(deflated::Frame { batches });
                partition_data(partition, log.offsets()).error_code(ErrorCode::None.into()).records(records)
            }
            Err(code) => self.fail(partition, log.offsets(), code),
        }
    }

    fn fail(&mut self, partition: i32, offsets: (i64, i64), code: ErrorCode) -> PartitionData {
        self.failed = true;
        partition_data(partition, offsets).error_code(code.into())
    }
}

fn partition_data(partition: i32, (start, end): (i64, i64)) -> PartitionData {
    PartitionData::default()
        .partition_index(partition)
        .high_watermark(end)
        .last_stable_offset(Some(end))
        .log_start_offset(Some(start))
        .aborted_transactions(Some([].into()))
        .preferred_read_replica(Some(-1))
}
