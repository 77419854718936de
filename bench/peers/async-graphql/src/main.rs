//! async-graphql on axum, fed by one Redis subscription: a broadcast channel for each symbol, as its documentation shows.
//!
//! Run: `tickql-bench-async-graphql PORT REDIS_URL`

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use async_graphql::{Context, EmptyMutation, Object, Schema, SimpleObject, Subscription};
use async_graphql_axum::{GraphQL, GraphQLSubscription};
use axum::Router;
use axum::routing::post_service;
use axum::serve::ListenerExt;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt};

/// Ticks that a subscriber may be behind before it misses some.
const CAPACITY: usize = 1024;

#[derive(Clone, SimpleObject, Deserialize)]
struct Tick {
    symbol: String,
    seq: i32,
    timestamp: String,
    ask: Option<String>,
    bid: Option<String>,
    last: Option<String>,
}

/// What Redis publishes.
#[derive(Deserialize)]
struct Message {
    ticks: Tick,
}

/// The newest tick of one symbol, and who hears of the next one.
struct Market {
    newest: Option<Arc<Tick>>,
    sender: broadcast::Sender<Arc<Tick>>,
}

/// All symbols.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<HashMap<String, Market>>>);

impl Feed {
    fn with<T>(&self, symbol: &str, answer: impl FnOnce(&mut Market) -> T) -> T {
        let mut markets = self.0.lock().expect("nobody fails while holding it");
        let market = markets.entry(symbol.to_owned()).or_insert_with(|| Market {
            newest: None,
            sender: broadcast::Sender::new(CAPACITY),
        });
        answer(market)
    }

    fn publish(&self, tick: Tick) {
        let tick = Arc::new(tick);
        self.with(&tick.symbol, |market| {
            market.newest = Some(tick.clone());
            // An error says that nobody listens.
            let _ = market.sender.send(tick.clone());
        });
    }

    async fn follow(self, redis_url: String) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut channels = redis::Client::open(redis_url)?.get_async_pubsub().await?;
        channels.psubscribe("ticks:*").await?;
        let mut messages = channels.on_message();
        while let Some(message) = messages.next().await {
            let message: Message = serde_json::from_slice(message.get_payload_bytes())?;
            self.publish(message.ticks);
        }
        Err("Redis has closed the connection".into())
    }
}

struct Query;

#[Object]
impl Query {
    async fn last_price(&self, context: &Context<'_>, symbol: String) -> Option<Arc<Tick>> {
        context.data_unchecked::<Feed>().with(&symbol, |market| market.newest.clone())
    }
}

struct Subscriptions;

#[Subscription]
impl Subscriptions {
    async fn ticks(&self, context: &Context<'_>, symbol: String) -> impl Stream<Item = Arc<Tick>> + use<> {
        let heard = context.data_unchecked::<Feed>().with(&symbol, |market| market.sender.subscribe());
        BroadcastStream::new(heard).filter_map(Result::ok)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().ok_or("no port")?.parse()?;
    let redis_url = arguments.next().ok_or("no Redis URL")?;
    let feed = Feed::default();
    let schema = Schema::build(Query, EmptyMutation, Subscriptions).data(feed.clone()).finish();
    let app = Router::new().route(
        "/graphql",
        post_service(GraphQL::new(schema.clone())).get_service(GraphQLSubscription::new(schema)),
    );
    let listener = TcpListener::bind(("127.0.0.1", port)).await?.tap_io(|stream| {
        // Without it a tick waits until the one before it has been acknowledged.
        let _ = stream.set_nodelay(true);
    });
    let following = tokio::spawn(feed.follow(redis_url));
    tokio::select! {
        served = axum::serve(listener, app) => Ok(served?),
        followed = following => followed?,
    }
}
